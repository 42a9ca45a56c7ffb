import type { RunFailure, RunFailureRecord } from "../errors/failure.ts";
import { decodePayload, splitPayloadObject } from "./payload.ts";
import type { Payload } from "./records.ts";

/** A stored failure as users get it. Never throws: what cannot be told must not hide why a run failed. */
export function runFailureOf({ partial, ...failure }: RunFailureRecord): RunFailure {
  const results = partial === undefined ? {} : resultsIn(partial);
  return Object.keys(results).length === 0 ? failure : { ...failure, partial: results };
}

function resultsIn(partial: Payload): Record<string, unknown> {
  const results: Record<string, unknown> = {};
  try {
    for (const [node, payload] of splitPayloadObject(partial)) {
      const decoded = decodedAlone(payload);
      if (decoded !== undefined) results[node] = decoded.value;
    }
  } catch {
    // Malformed from here on.
  }
  return results;
}

/** Undefined for what lies in the blob store: those are the large ones. */
function decodedAlone(payload: Payload): { readonly value: unknown } | undefined {
  try {
    return { value: decodePayload(payload) };
  } catch {
    return undefined;
  }
}
