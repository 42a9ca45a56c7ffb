import {
  argumentPlace,
  decodeExpression,
  decodePayload,
  evaluate,
  loadPayload,
  RecordUndecodableError,
} from "@arpeggio/core";
import type { AttemptInput, Expr, Payload } from "@arpeggio/core";
import type { MaybePromise } from "./maybe-promise.ts";

type Fetch = (key: string) => Promise<Uint8Array>;

/** The value that a task gets: decoded, with blobs fetched, and put together where the graph says how. */
export function attemptInput(input: AttemptInput, fetch: Fetch): MaybePromise<unknown> {
  if (input.kind === "value") return loaded(input.payload, fetch);
  const expr = decodeExpression(input.expr);
  const args = input.args.map((payload) => loaded(payload, fetch));
  if (args.some((arg) => arg instanceof Promise)) return Promise.all(args).then((values) => evaluated(expr, values));
  return evaluated(expr, args);
}

function evaluated(expr: Expr, args: readonly unknown[]): unknown {
  return evaluate(expr, (ref) => args[argumentPlace(ref)]);
}

/** Decodes at once; only a payload that refers to blobs has to be waited for. */
function loaded(payload: Payload, fetch: Fetch): MaybePromise<unknown> {
  try {
    return decodePayload(payload);
  } catch (error) {
    if (error instanceof RecordUndecodableError) return loadPayload(payload, fetch);
    throw error;
  }
}
