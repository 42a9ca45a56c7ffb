import { BlobNotFoundError, decodeRemains, nearNames, OptionInvalidError, readGraph, remainsKey } from "@arpeggio/core";
import type { NodeAnswer, NodeState, OutcomeRecord, Payload, RunRemains, Transport } from "@arpeggio/core";
import { ResultTimedOutError } from "./client-errors.ts";
import { NodeNotFoundError, NodeNotSucceededError, NodeResultNotKeptError } from "./control-errors.ts";
import { outcomeValue } from "./outcome-value.ts";
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
   * The node as it stands. After the end of the run, only of nodes whose results are kept, and of a run that failed.
   *
   * @throws NodeNotFoundError, NodeResultNotKeptError, RunNotFoundError
   */
  status(): Promise<NodeStatus>;
  /**
   * The node's result, when it has one: waits for that. Kept until the run's own result is let go for steps with a name of
   * their own; for others only until everything that reads it has ended.
   *
   * @throws NodeNotSucceededError when the node, or the run, has ended otherwise.
   * @throws NodeResultNotKeptError, NodeNotFoundError, RunNotFoundError
   * @throws ResultTimedOutError after `timeoutMs`.
   */
  result(options?: { readonly timeoutMs?: number }): Promise<unknown>;
}

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
    if (found === undefined) return { node: this.path, ...NOT_YET };
    if (!("outcome" in found)) {
      const { status } = found.node;
      return status === undefined ? { node: this.path, ...NOT_YET } : nodeStatusOf(this.#transport, status);
    }
    const state = found.state;
    if (state === undefined) throw new NodeResultNotKeptError(this.#watch.run, this.path);
    return { node: this.path, state, attempt: 0 };
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
        if (found !== undefined && "outcome" in found) return await this.#valueOf(found);
        const status = found?.node.status;
        if (status?.state === "succeeded") {
          const { value } = found?.node ?? {};
          if (value === undefined) throw new NodeResultNotKeptError(run, this.path);
          return await outcomeValue(value, this.#transport.blobs);
        }
        if (status !== undefined && hasEnded(status.state))
          throw new NodeNotSucceededError(run, this.path, status.state, found?.node.failure);
        await this.#change(updates, isOver);
        if (isOver()) return undefined;
      }
    } finally {
      await updates.return?.();
    }
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
  async #find(): Promise<{ readonly node: NodeAnswer } | Ended | undefined> {
    const { run } = this.#watch;
    const answer = await askRun(this.#transport, this.#services.board, this.#watch, {
      type: "node",
      run,
      node: this.path,
    });
    if (answer.kind === "ended") return this.#findIn(answer.outcome);
    if (answer.kind !== "reply" || answer.reply.type !== "node") return undefined;
    const { node } = answer.reply;
    if (node.status === undefined && !node.mayCome)
      throw new NodeNotFoundError(run, this.path, nearNames(this.path, node.known));
    return { node };
  }

  /** After the end of the run. */
  async #findIn(outcome: OutcomeRecord): Promise<Ended> {
    const { path } = this;
    const named = outcome.named?.[path];
    if (named !== undefined) return { outcome, state: "succeeded", value: named };
    const remains = outcome.state === "succeeded" ? undefined : await readRemains(this.#transport, outcome.run);
    const done = remains?.succeeded.find((one) => one.node === path);
    if (done !== undefined) return { outcome, state: "succeeded", value: done.value };
    const failed = outcome.failure?.failures.some((one) => one.node === path) || remains?.failed.includes(path);
    if (failed === true) return { outcome, state: "failed", value: undefined };
    await this.#checkPath(outcome);
    return { outcome, state: undefined, value: undefined };
  }

  async #valueOf({ outcome, state, value }: Ended): Promise<unknown> {
    const { run } = outcome;
    if (value !== undefined) return outcomeValue(value, this.#transport.blobs);
    if (state === "failed") {
      const failure = outcome.failure?.failures.find((one) => one.node === this.path);
      throw new NodeNotSucceededError(run, this.path, state, failure);
    }
    if (state === undefined && outcome.state !== "succeeded")
      throw new NodeNotSucceededError(run, this.path, "cancelled", undefined);
    throw new NodeResultNotKeptError(run, this.path);
  }

  /** Nothing is left of the run's nodes but its graph, which has the first part of every path. */
  async #checkPath({ run, graph: hash }: OutcomeRecord): Promise<void> {
    const graph = await readGraph(this.#transport, hash);
    const ids = graph?.nodes.map(({ id }) => id) ?? [];
    const isInside = (id: string) => this.path === id || /^[[./!]/.test(this.path.slice(id.length));
    if (graph === undefined || ids.some((id) => this.path.startsWith(id) && isInside(id))) return;
    throw new NodeNotFoundError(run, this.path, nearNames(this.path, ids));
  }
}

interface Ended {
  readonly outcome: OutcomeRecord;
  /** Undefined where that is not known any more. */
  readonly state: "succeeded" | "failed" | undefined;
  readonly value: Payload | undefined;
}

/** What is left of a run that failed; undefined where nothing is. */
export async function readRemains(transport: Transport, run: string): Promise<RunRemains | undefined> {
  try {
    return decodeRemains(await transport.blobs.get(remainsKey(run)));
  } catch (error) {
    if (error instanceof BlobNotFoundError) return undefined;
    throw error;
  }
}

function hasEnded(state: NodeState): boolean {
  return state === "succeeded" || state === "failed" || state === "skipped" || state === "cancelled";
}
