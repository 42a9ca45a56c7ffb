import { nearNames, OptionInvalidError } from "@arpeggio/core";
import type { NodeAnswer, NodeState, Payload, Transport } from "@arpeggio/core";
import { ResultTimedOutError } from "./client-errors.ts";
import { NodeNotFoundError, NodeNotSucceededError, NodeResultNotKeptError } from "./control-errors.ts";
import { EndedNode } from "./ended-node.ts";
import { outcomeValue } from "./outcome-value.ts";
import { askPast } from "./past-question.ts";
import { askRun } from "./run-question.ts";
import { nodeStatusOf } from "./run-status.ts";
import type { NodeStatus } from "./run-status.ts";
import { followRun } from "./run-updates.ts";
import type { FollowServices } from "./run-updates.ts";
import type { RunWatch } from "./run-watch.ts";

/** One node of a run, by its path. */
export interface NodeHandle {
  readonly path: string;
  /**
   * The node as it stands; after the end of the run, as it was, as long as the event log has it. From then on of a node whose
   * result is kept with the run's, and of a run that failed.
   *
   * @throws NodeNotFoundError, RunNotFoundError
   * @throws NodeResultNotKeptError when nothing of it is left.
   */
  status(): Promise<NodeStatus>;
  /**
   * The node's result, when it has one: waits for that. That of a step with a name of its own is kept with the run's.
   * Another one is held until everything that reads it has ended, and had from the event log after that, as long as it keeps it; a
   * large one goes soon after the end of the run.
   *
   * @throws NodeNotSucceededError when the node, or the run, has ended otherwise.
   * @throws NodeResultNotKeptError, NodeNotFoundError, RunNotFoundError
   * @throws ResultTimedOutError after `timeoutMs`.
   */
  result(options?: { readonly timeoutMs?: number }): Promise<unknown>;
}

const LET_GO = "everything that reads it has ended";
/** Of a node that is not there yet. */
const NOT_YET = { state: "blocked", attempt: 0, waitsFor: "waits for what it is a part of" } as const;

export class RunNode implements NodeHandle {
  readonly path: string;
  readonly #services: FollowServices;
  readonly #transport: Transport;
  readonly #watch: RunWatch;

  constructor(services: FollowServices, watch: RunWatch, path: string) {
    if (typeof path !== "string" || path === "") throw new OptionInvalidError("path", path, "the path of a node");
    this.path = path;
    this.#services = services;
    this.#transport = services.transport;
    this.#watch = watch;
  }

  async status(): Promise<NodeStatus> {
    const found = await this.#find();
    if (found instanceof EndedNode) return found.status();
    const status = found?.status;
    return status === undefined ? { node: this.path, ...NOT_YET } : nodeStatusOf(this.#transport, status);
  }

  async result(options: { readonly timeoutMs?: number } = {}): Promise<unknown> {
    const { timeoutMs } = options;
    if (timeoutMs === undefined) return this.#result(() => false);
    let isOver = false;
    return new Promise((resolve, reject) => {
      const timer = this.#transport.clock.after(timeoutMs, () => {
        isOver = true;
        reject(new ResultTimedOutError(this.#watch.run, timeoutMs));
      });
      this.#result(() => isOver)
        .finally(() => timer.cancel())
        .then(resolve, reject);
    });
  }

  async #result(isOver: () => boolean): Promise<unknown> {
    const { run } = this.#watch;
    // The first update is a snapshot, after which the node is asked for again: from then on no change goes by unheard.
    const updates = followRun(this.#services, this.#watch, 0);
    try {
      for (;;) {
        const found = await this.#find();
        if (found instanceof EndedNode) return await found.result();
        const status = found?.status;
        if (status?.state === "succeeded") {
          return await outcomeValue(found?.value ?? (await this.#pastValue()), this.#transport.blobs);
        }
        if (status !== undefined && hasEnded(status.state))
          throw new NodeNotSucceededError(run, this.path, status.state, found?.failure);
        await this.#change(updates, isOver);
        if (isOver()) return undefined;
      }
    } finally {
      await updates.return?.();
    }
  }

  /** A result that the run has let go, since everything that reads it has ended. @throws NodeResultNotKeptError */
  async #pastValue(): Promise<Payload> {
    const { run } = this.#watch;
    const reply = await askPast(this.#transport, { type: "node", run, node: this.path, past: true });
    const value = reply.type === "node" ? reply.node.value : undefined;
    if (value !== undefined) return value;
    throw new NodeResultNotKeptError(run, this.path, reply.type === "gone" ? reply.why : LET_GO);
  }

  /** Resolves when the node may have changed. */
  async #change(updates: ReturnType<typeof followRun>, isOver: () => boolean): Promise<void> {
    for (;;) {
      const { value, done } = await updates.next();
      if (done === true || isOver() || value.type === "ended" || value.type === "snapshot") return;
      if (value.type !== "node") continue;
      // It, or something that it lies in.
      if (this.path.startsWith(value.node)) return;
    }
  }

  /** What is known of it; undefined while that is nothing. */
  async #find(): Promise<NodeAnswer | EndedNode | undefined> {
    const { run } = this.#watch;
    const request = { type: "node", run, node: this.path } as const;
    const answer = await askRun(this.#transport, this.#services.board, this.#watch, request);
    if (answer.kind === "ended") return new EndedNode(this.#transport, answer.outcome, this.path);
    if (answer.kind !== "reply" || answer.reply.type !== "node") return undefined;
    const { node } = answer.reply;
    if (node.status === undefined && !node.mayCome)
      throw new NodeNotFoundError(run, this.path, nearNames(this.path, node.known));
    return node;
  }
}

function hasEnded(state: NodeState): boolean {
  return state === "succeeded" || state === "failed" || state === "skipped" || state === "cancelled";
}
