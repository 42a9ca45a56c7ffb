import { groups } from "./decoders.mjs";
import { mutated, randomOf } from "./mutation.mjs";

/** A record must not take more CPU time than this to be read or refused, in milliseconds. */
const RECORD_MS_MAX = 1_000;

/** Throws what the records of a group can be turned into at its decoders; stops at the first that does harm. */
export function fuzzGroup(name, { records, seed }) {
  const { corpus, decoders, errors } = groups.find((group) => group.name === name);
  const random = randomOf(seed);
  const result = { name, records, decoded: 0, refused: 0, slowestMs: 0, harm: undefined };
  for (let i = 0; i < records && result.harm === undefined; i++) {
    const bytes = mutated(corpus, random);
    const began = process.cpuUsage();
    let harm;
    for (const decode of decoders) {
      try {
        decode(bytes);
        result.decoded++;
      } catch (error) {
        if (errors.includes(error?.code)) result.refused++;
        else harm = `threw ${error?.stack ?? error}`;
      }
    }
    const { user, system } = process.cpuUsage(began);
    const tookMs = (user + system) / 1_000;
    result.slowestMs = Math.max(result.slowestMs, tookMs);
    if (tookMs > RECORD_MS_MAX) harm ??= `took ${tookMs.toFixed(0)} ms`;
    if (isPolluted()) harm ??= "changed a prototype";
    if (harm !== undefined) result.harm = { record: i, bytes: Buffer.from(bytes).toString("base64"), what: harm };
  }
  return result;
}

export const groupNames = groups.map(({ name }) => name);

const prototypes = [Object.prototype, Array.prototype, Uint8Array.prototype, Function.prototype];
const keysBefore = prototypes.map((prototype) => Reflect.ownKeys(prototype).length);

function isPolluted() {
  return prototypes.some((prototype, i) => Reflect.ownKeys(prototype).length !== keysBefore[i]) || {}.x !== undefined;
}
