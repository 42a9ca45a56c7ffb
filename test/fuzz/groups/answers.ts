import { deliveryInfoOf } from "../../../packages/transport-nats/src/ack-subject.ts";
import { infoIn } from "../../../packages/transport-nats/src/blob-store.ts";
import { headerNames, headerOf } from "../../../packages/transport-nats/src/message-headers.ts";
import {
  apiAnswerIn,
  errorIn,
  isAcknowledgement,
  isTemporary,
  messageFromLeader,
  messageGiven,
  sequenceIn,
} from "../../../packages/transport-nats/src/server-answers.ts";
import type { StoredMessage } from "../../../packages/transport-nats/src/server-answers.ts";
import { answers } from "../corpus/answers.ts";
import { jsonMutated } from "../mutation/json-mutation.ts";
import { ensure, tried } from "../oracles/harm.ts";
import type { Tally } from "../oracles/harm.ts";
import type { Group } from "./group.ts";

const codes = ["SERVER_REQUEST_FAILED"];

/** What comes from a NATS server beside the records themselves: answers, descriptions of blobs, headers, reply subjects. */
export const answerGroup: Group = {
  name: "answers",
  make: (random) => jsonMutated(answers, random),
  read(data, tally) {
    isAcknowledgement(data);
    isTemporary(data);
    const sequence = tried(tally, "sequenceIn", codes, () => sequenceIn("s", data))?.value;
    ensure(sequence === undefined || isCount(sequence), "a sequence is no count");
    tried(tally, "errorIn", codes, () => errorIn("s", data));
    const answer = tried(tally, "apiAnswerIn", codes, () => apiAnswerIn("s", data))?.value;
    const result = answer !== undefined && "result" in answer ? answer.result : undefined;
    if (result !== undefined)
      ensureMessage(tried(tally, "messageFromLeader", codes, () => messageFromLeader("s", result))?.value);
    readHeaders(data, tally);
    const info = tried(tally, "infoIn", ["BLOB_CORRUPT"], () => infoIn("key", data))?.value;
    if (info !== undefined)
      ensure(isCount(info.size) && isCount(info.chunks) && !/[.*>\s]/.test(info.nuid), "a description is not sound");
    const delivery = deliveryInfoOf(Buffer.from(data).toString());
    for (const number of Object.values(delivery ?? {}))
      ensure(isCount(number as number), "a delivery's number is no count");
  },
};

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

function ensureMessage(message: StoredMessage | undefined): void {
  if (message === undefined) return;
  ensure(isCount(message.sequence) && Number.isFinite(message.timestampMs), "a message's place is no number");
  ensure(typeof message.subject === "string" && message.bytes instanceof Uint8Array, "a message is not one");
  for (const name of Object.values(headerNames)) message.header(name);
}

/** The text as the headers of a message that a stream gives directly; all of it, and of each name the last line. */
function readHeaders(data: Uint8Array, tally: Tally): void {
  const text = Buffer.from(data);
  for (const name of Object.values(headerNames)) headerOf(text, name);
  const last = (name: string) => headerOf(text, name) ?? text.toString();
  const headers = {
    last,
    get: last,
    has: (name: string) => headerOf(text, name) !== undefined,
  } as unknown as NonNullable<Parameters<typeof messageGiven>[1]["headers"]>;
  ensureMessage(tried(tally, "messageGiven", codes, () => messageGiven("s", { headers, data }))?.value);
}
