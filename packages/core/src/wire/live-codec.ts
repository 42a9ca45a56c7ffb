import type { LiveEvent } from "./control.ts";
import { failureFields, readRunFailure } from "./failure-codec.ts";
import { nodeStates } from "./node-states.ts";
import { plainValue } from "./plain-value.ts";
import { choice, count, number, optional, present, text } from "./record-fields.ts";
import type { Fields } from "./record-fields.ts";
import { decodeRecord, encodeRecord, recordKinds } from "./record-kinds.ts";

/** @throws {@link ValueNotSerialisableError} for a log's `data` that cannot travel. */
export function encodeLive(event: LiveEvent): Uint8Array {
  return encodeRecord(recordKinds.live, liveFields(event));
}

/** Takes the whole message. @throws {@link RecordUndecodableError} */
export function decodeLive(bytes: Uint8Array): LiveEvent {
  return decodeRecord(bytes, recordKinds.live, readLive, "copies");
}

/**
 * `["node", sequence, node, state, attempt, task?, message?]`, `["run", sequence, state, failure?]`,
 * `["progress", node, done, total?]` or `["log", node, message, data?]`, the data as a value, not as bytes
 */
function liveFields(event: LiveEvent): unknown[] {
  switch (event.type) {
    case "node":
      return [event.type, event.sequence, event.node, event.state, event.attempt, event.task, event.message];
    case "run":
      return [event.type, event.sequence, event.state, event.failure && failureFields(event.failure)];
    case "progress":
      return [event.type, event.node, event.done, event.total];
    case "log":
      return [
        event.type,
        event.node,
        event.message,
        event.data === undefined ? undefined : plainValue(event.data).value,
      ];
  }
}

function readLive(fields: Fields): LiveEvent {
  const type = choice(fields[0], ["node", "run", "progress", "log"] as const);
  switch (type) {
    case "node":
      return {
        type,
        sequence: count(fields[1]),
        node: text(fields[2]),
        state: choice(fields[3], nodeStates),
        attempt: count(fields[4]),
        ...present({ task: optional(fields[5], text), message: optional(fields[6], text) }),
      };
    case "run":
      return {
        type,
        sequence: count(fields[1]),
        state: text(fields[2]),
        ...present({ failure: optional(fields[3], readRunFailure) }),
      };
    case "progress":
      return {
        type,
        node: text(fields[1]),
        done: number(fields[2]),
        ...present({ total: optional(fields[3], number) }),
      };
    case "log":
      return {
        type,
        node: text(fields[1]),
        message: text(fields[2]),
        ...present({ data: fields[3] }),
      };
  }
}
