import type { LiveEvent } from "./control.ts";
import { readRunFailure, writeRunFailure } from "./failure-codec.ts";
import type { MsgpackWriter } from "./msgpack-writer.ts";
import { nodeStates } from "./node-states.ts";
import { decodePayload } from "./payload.ts";
import { decodeRecord, encodeRecord, recordKinds } from "./record-kinds.ts";
import type { RecordReader } from "./record-reader.ts";
import { writeOptionalNumber, writeOptionalRecord, writeOptionalString } from "./record-writing.ts";
import { writeValue } from "./value-encoder.ts";

/** @throws {@link ValueNotSerialisableError} for a log's `data` that cannot travel. */
export function encodeLive(event: LiveEvent): Uint8Array {
  return encodeRecord(recordKinds.live, event, writeLive);
}

/** Takes the whole message. @throws {@link RecordUndecodableError} */
export function decodeLive(bytes: Uint8Array): LiveEvent {
  return decodeRecord(bytes, recordKinds.live, readLive);
}

/**
 * `["node", sequence, node, state, attempt, task?, message?]`, `["run", sequence, state, failure?]`,
 * `["progress", node, done, total?]` or `["log", node, message, data?]`, the data as a value, not as bytes
 */
function writeLive(writer: MsgpackWriter, event: LiveEvent): void {
  switch (event.type) {
    case "node":
      writer.arrayHeader(7);
      writer.string(event.type);
      writer.number(event.sequence);
      writer.string(event.node);
      writer.string(event.state);
      writer.number(event.attempt);
      writeOptionalString(writer, event.task);
      return writeOptionalString(writer, event.message);
    case "run":
      writer.arrayHeader(4);
      writer.string(event.type);
      writer.number(event.sequence);
      writer.string(event.state);
      return writeOptionalRecord(writer, event.failure, writeRunFailure);
    case "progress":
      writer.arrayHeader(4);
      writer.string(event.type);
      writer.string(event.node);
      writer.number(event.done);
      return writeOptionalNumber(writer, event.total);
    case "log":
      writer.arrayHeader(event.data === undefined ? 3 : 4);
      writer.string(event.type);
      writer.string(event.node);
      writer.string(event.message);
      if (event.data !== undefined) writeValue(writer, event.data);
  }
}

function readLive(reader: RecordReader): LiveEvent {
  const type = reader.choice(["node", "run", "progress", "log"] as const);
  switch (type) {
    case "node": {
      const sequence = reader.uint();
      const node = reader.string();
      const state = reader.choice(nodeStates);
      const attempt = reader.uint();
      const task = reader.optionalName();
      const message = reader.optionalString();
      return {
        type,
        sequence,
        node,
        state,
        attempt,
        ...(task === undefined ? {} : { task }),
        ...(message === undefined ? {} : { message }),
      };
    }
    case "run": {
      const sequence = reader.uint();
      const state = reader.name();
      const failure = reader.optionalRecord(readRunFailure);
      return { type, sequence, state, ...(failure === undefined ? {} : { failure }) };
    }
    case "progress": {
      const node = reader.string();
      const done = reader.number();
      const total = reader.optionalNumber();
      return { type, node, done, ...(total === undefined ? {} : { total }) };
    }
    case "log": {
      const node = reader.string();
      const message = reader.string();
      const data = reader.optionalAny();
      return { type, node, message, ...(data === undefined ? {} : { data: decodePayload(data) }) };
    }
  }
}
