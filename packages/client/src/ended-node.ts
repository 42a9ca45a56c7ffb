import { BlobNotFoundError, decodeRemains, isInside, nearNames, readGraph, remainsKey } from "@arpeggio/core";
import type { NodeAnswer, NodeFailure, NodeState, OutcomeRecord, Payload, RunRemains, Transport } from "@arpeggio/core";
import { NodeNotFoundError, NodeNotSucceededError, NodeResultNotKeptError } from "./control-errors.ts";
import { outcomeValue } from "./outcome-value.ts";
import { askPast } from "./past-question.ts";
import { nodeStatusOf } from "./run-status.ts";
import type { NodeStatus } from "./run-status.ts";

/**
 * A node of a run that has ended: its coordinator works out from the event log what it did. What the log does not have any
 * more is answered from what is kept with the outcome, as far as it goes.
 */
export class EndedNode {
  readonly #transport: Transport;
  readonly #outcome: OutcomeRecord;
  readonly #path: string;

  constructor(transport: Transport, outcome: OutcomeRecord, path: string) {
    this.#transport = transport;
    this.#outcome = outcome;
    this.#path = path;
  }

  /** @throws NodeNotFoundError, NodeResultNotKeptError */
  async status(): Promise<NodeStatus> {
    const past = await this.#past();
    if ("status" in past) return nodeStatusOf(this.#transport, past.status);
    const { state } = await this.#left();
    if (state === undefined) throw this.#notKept(past.why);
    return { node: this.#path, state, attempt: 0 };
  }

  /** @throws NodeNotFoundError, NodeNotSucceededError, NodeResultNotKeptError */
  async result(): Promise<unknown> {
    const named = this.#outcome.named?.[this.#path];
    if (named !== undefined) return outcomeValue(named, this.#transport.blobs);
    const past = await this.#past();
    if ("status" in past && past.status.state !== "succeeded")
      throw this.#notSucceeded(past.status.state, past.failure ?? this.#failure());
    const value = "status" in past ? past.value : undefined;
    try {
      if (value !== undefined) return await outcomeValue(value, this.#transport.blobs);
    } catch (error) {
      if (!(error instanceof BlobNotFoundError)) throw error;
    }
    return this.#leftResult("why" in past ? past.why : "it was too large to stay in the event log");
  }

  async #leftResult(why: string): Promise<unknown> {
    const { state, value } = await this.#left();
    if (value !== undefined) return outcomeValue(value, this.#transport.blobs);
    if (state === "failed") throw this.#notSucceeded(state, this.#failure());
    throw this.#notKept(why);
  }

  /** @throws NodeNotFoundError */
  async #past(): Promise<(NodeAnswer & Pick<Required<NodeAnswer>, "status">) | { readonly why: string }> {
    const { run } = this.#outcome;
    const reply = await askPast(this.#transport, { type: "node", run, node: this.#path, past: true });
    if (reply.type !== "node")
      return { why: reply.type === "gone" ? reply.why : "its coordinator tells something else" };
    const { status, known } = reply.node;
    if (status === undefined) throw new NodeNotFoundError(run, this.#path, nearNames(this.#path, known));
    return { ...reply.node, status };
  }

  /** What is kept with the outcome. @throws NodeNotFoundError */
  async #left(): Promise<{ readonly state: "succeeded" | "failed" | undefined; readonly value: Payload | undefined }> {
    const { named, state, run } = this.#outcome;
    const isNamed = named !== undefined && Object.hasOwn(named, this.#path);
    if (isNamed) return { state: "succeeded", value: named[this.#path] };
    const remains = state === "succeeded" ? undefined : await readRemains(this.#transport, run);
    const done = remains?.succeeded.find(({ node }) => node === this.#path);
    if (done !== undefined) return { state: "succeeded", value: done.value };
    const hasFailed = this.#failure() !== undefined || remains?.failed.includes(this.#path) === true;
    if (hasFailed) return { state: "failed", value: undefined };
    await this.#checkPath();
    return { state: undefined, value: undefined };
  }

  /** The run's graph has the first part of every path. */
  async #checkPath(): Promise<void> {
    const { run, graph: hash } = this.#outcome;
    const graph = await readGraph(this.#transport, hash);
    const ids = graph?.nodes.map(({ id }) => id) ?? [];
    if (graph === undefined || ids.some((id) => this.#path === id || isInside(this.#path, id))) return;
    throw new NodeNotFoundError(run, this.#path, nearNames(this.#path, ids));
  }

  #failure(): NodeFailure | undefined {
    return this.#outcome.failure?.failures.find(({ node }) => node === this.#path);
  }

  #notSucceeded(state: NodeState, failure: NodeFailure | undefined): NodeNotSucceededError {
    return new NodeNotSucceededError(this.#outcome.run, this.#path, state, failure);
  }

  #notKept(why: string): NodeResultNotKeptError {
    return new NodeResultNotKeptError(this.#outcome.run, this.#path, why);
  }
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
