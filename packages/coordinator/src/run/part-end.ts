import type { NodeFailure, Payload, RunFailureRecord } from "@arpeggio/core";
import type { Value } from "./value.ts";

/** How an item of a scope has ended, told to what it is a part of once everything in it that had to be undone is. */
export type PartEnd =
  /** Badly. `partial`: the results that it had by then. */
  | { readonly kind: "failed"; readonly failure: NodeFailure; readonly partial: Payload | undefined }
  /** Well, and before its time. */
  | { readonly kind: "value"; readonly value: Value }
  /** The node that it is a part of has come to its result. */
  | { readonly kind: "node"; readonly value: Value }
  /** The run is over. */
  | {
      readonly kind: "run";
      readonly state: "succeeded" | "failed" | "cancelled";
      readonly value?: Value;
      /** Its failures are the run's by then. */
      readonly failure?: RunFailureRecord;
    };
