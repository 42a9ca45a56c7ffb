import { decodePayload, durationMs, encodePayload, token } from "@arpeggio/core";
import { labelIn, wholeNumber } from "../../../packages/cli/src/flag-values.ts";
import { jsonInput } from "../../../packages/cli/src/json-input.ts";
import { jsonMutated } from "../mutation/json-mutation.ts";
import { ensure, tried } from "../oracles/harm.ts";
import { ensurePlain } from "../oracles/plain-data.ts";
import type { Group } from "./group.ts";

const texts = [
  '{"url":"a.png","widthPx":64,"tags":["a",null,true,-1.5e3],"nested":{"deep":[[[{}]]]}}',
  '["Call me Ishmael.","ünï \\ud83c\\udfb5"]',
  "42",
  "tenant=42",
  "1h",
  "250ms",
  "2.5 d",
  "cpu-1",
].map((text) => new Uint8Array(Buffer.from(text)));

/** What people and scripts write on the command line. */
export const textGroup: Group = {
  name: "texts",
  make: (random) => jsonMutated(texts, random),
  read(bytes, tally) {
    const text = Buffer.from(bytes).toString();
    const input = tried(tally, "jsonInput", ["INPUT_NOT_JSON"], () => jsonInput(text));
    if (input !== undefined) {
      const sent = tried(tally, "encodePayload", ["VALUE_NOT_SERIALISABLE"], () => encodePayload(input.value));
      if (sent !== undefined) ensurePlain(decodePayload(sent.value), "a JSON input");
    }
    const label = tried(tally, "labelIn", ["ARGUMENT_INVALID"], () => labelIn(text))?.value;
    ensure(label === undefined || Object.keys(label).length === 1, "a label is none");
    const number = tried(tally, "wholeNumber", ["ARGUMENT_INVALID"], () => wholeNumber("--limit", text))?.value;
    ensure(number === undefined || Number.isSafeInteger(number), "a whole number is none");
    const ms = tried(tally, "durationMs", ["OPTION_INVALID"], () => durationMs("timeout", text as "1s"))?.value;
    ensure(ms === undefined || (Number.isFinite(ms) && ms >= 0), "a duration is none");
    const name = tried(tally, "token", ["NAME_INVALID"], () => token("run id", text))?.value;
    ensure(name === undefined || /^[\w-]{1,128}$/.test(name), "a name is no token");
  },
};
