import type { Payload } from "@arpeggio/core";

/** What a handler's attempt came to: the payload of its result, or what takes the place of one. */
export type AttemptResult = Payload | EarlyResult | GraphResult;

/** The handler ends more than its node, with this value. */
export interface EarlyResult {
  readonly kind: "end";
  readonly ends: "scope" | "run";
  readonly value: Payload;
}

/** A graph, which is stored, runs in the place of the node. */
export interface GraphResult {
  readonly kind: "replacement";
  readonly graph: string;
  readonly input: Payload;
}
