/** Runs deep canvases, and reads and writes what is too deep, on whatever stack the process has. */
import { strictEqual, throws } from "node:assert/strict";
import { createApp } from "arpeggio";
import { assertGraph, decodeGraph, decodePayload, encodeFrame, encodePayload, recordKinds } from "@arpeggio/core";
import { shapes } from "./shapes.mjs";

const size = Number(process.argv[2]);
const app = await createApp();
for (const name of ["nested", "maps", "levels"]) {
  const { canvas, input, expected } = shapes[name](size);
  await app.plan(canvas, input);
  const result = await (await app.run(canvas, input)).result();
  strictEqual(JSON.stringify(result), JSON.stringify(expected));
}
await app.close();

const endless = new Uint8Array(1_000_000).fill(0x91);
throws(() => decodePayload(endless), { code: "RECORD_UNDECODABLE" });
throws(() => decodeGraph(encodeFrame(1, recordKinds.graph, endless)), { code: "RECORD_UNDECODABLE" });
let value = null;
for (let i = 0; i < 100_000; i++) value = i % 2 === 0 ? [value] : { value };
throws(() => encodePayload(value), { code: "VALUE_NOT_SERIALISABLE" });
throws(() => assertGraph(value), { code: "GRAPH_INVALID" });
console.log("all as it must be");
