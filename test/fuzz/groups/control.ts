import {
  decodeAbort,
  decodeControlReply,
  decodeControlRequest,
  decodeLive,
  encodeAbort,
  encodeControlReply,
  encodeControlRequest,
  encodeLive,
} from "@arpeggio/core";
import type { AbortNotice, ControlReply, ControlRequest, LiveEvent } from "@arpeggio/core";
import { describeWait } from "../../../packages/client/src/wait-text.ts";
import { aborts, liveEvents, replies, requests } from "../corpus/control.ts";
import { records } from "../corpus/records.ts";
import { mutated } from "../mutation/mutation.ts";
import { shapeOf } from "../oracles/shape.ts";
import type { Shape } from "../oracles/shape.ts";
import { decoded, shapeBy } from "./group.ts";
import type { Decoder, Group } from "./group.ts";

function shapesOf(types: Readonly<Record<string, readonly unknown[]>>): Readonly<Record<string, Shape>> {
  return Object.fromEntries(Object.entries(types).map(([type, forms]) => [type, shapeOf(forms)]));
}

const abortShape = shapeOf(aborts);
const requestDecoder: Decoder<ControlRequest> = {
  name: "decodeControlRequest",
  decode: decodeControlRequest,
  encode: encodeControlRequest,
  shape: shapeBy<ControlRequest>("type", shapesOf(requests)),
};
const replyDecoder: Decoder<ControlReply> = {
  name: "decodeControlReply",
  decode: decodeControlReply,
  encode: encodeControlReply,
  shape: shapeBy<ControlReply>("type", shapesOf(replies)),
  next(reply) {
    const nodes = reply.type === "status" ? reply.status.nodes : reply.type === "node" ? [reply.node.status] : [];
    for (const node of nodes) if (node?.waitsFor !== undefined) describeWait(node.waitsFor, undefined);
  },
};
const abortDecoder: Decoder<AbortNotice> = {
  name: "decodeAbort",
  decode: decodeAbort,
  encode: encodeAbort,
  shape: () => abortShape,
};
const liveDecoder: Decoder<LiveEvent> = {
  name: "decodeLive",
  decode: decodeLive,
  encode: encodeLive,
  shape: shapeBy<LiveEvent>("type", shapesOf(liveEvents)),
  refusals: ["VALUE_NOT_SERIALISABLE"],
};
const corpus = [...records.controlRequest, ...records.controlReply, ...records.abort, ...records.live];

/** Messages of the bus. */
export const controlGroup: Group = {
  name: "control",
  make: (random) => mutated(corpus, random),
  read(message, tally) {
    decoded(requestDecoder, message, tally);
    decoded(replyDecoder, message, tally);
    decoded(abortDecoder, message, tally);
    decoded(liveDecoder, message, tally);
  },
};
