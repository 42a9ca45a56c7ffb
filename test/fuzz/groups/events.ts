import { decodeEvent, encodeEvent, FRAME_HEADER_BYTES, readEvents, splitFrames } from "@arpeggio/core";
import type { EventOrigin, RunEvent } from "@arpeggio/core";
import { EventCheck } from "../../../packages/coordinator/src/runtime/event-check.ts";
import { events } from "../corpus/events.ts";
import { eventRecords } from "../corpus/records.ts";
import { mutated } from "../mutation/mutation.ts";
import { ensure, tried } from "../oracles/harm.ts";
import type { Tally } from "../oracles/harm.ts";
import { shapeOf } from "../oracles/shape.ts";
import { decoded, shapeBy, silent } from "./group.ts";
import type { Decoder, Group } from "./group.ts";

const shapes = Object.fromEntries(Object.entries(events).map(([type, forms]) => [type, shapeOf(forms)]));

const origins: readonly EventOrigin[] = ["client", "worker", "coordinator"];

/** Of a message that is one frame. */
export const eventDecoder: Decoder<RunEvent> = {
  name: "decodeEvent",
  decode(bytes) {
    const frames = splitFrames(bytes);
    const [frame] = frames;
    ensure(frame !== undefined && frames.length === 1, "a frame came apart");
    return decodeEvent(frame);
  },
  encode: encodeEvent,
  shape: shapeBy<RunEvent>("type", shapes),
};

/** Messages of the log: what can be read of them is read, and all the rest is set aside, with nothing left over. */
export const eventGroup: Group = {
  name: "events",
  make: (random) => mutated(eventRecords, random),
  read(message, tally) {
    let bytes = 0;
    let count = 0;
    const check = new EventCheck(silent);
    readEvents(
      message,
      (event) => {
        count++;
        for (const origin of origins) check.admits(event, origin);
      },
      (rest) => (bytes += rest.length),
    );
    tally.refused += bytes > 0 ? 1 : 0;
    const frames = tried(tally, "splitFrames", [], () => splitFrames(message))?.value ?? [];
    for (const frame of frames) {
      ensure(frame.bytes.length === frame.body.length + FRAME_HEADER_BYTES, "a frame has another length than its body");
      readFrame(frame.bytes, tally);
    }
    ensure(count > 0 || bytes === message.length, "bytes that held no event were not set aside");
  },
};

function readFrame(bytes: Uint8Array, tally: Tally): void {
  decoded(eventDecoder, bytes, tally);
}
