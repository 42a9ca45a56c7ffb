import { expect, test } from "vitest";
import { encodedHeaders, headerOf } from "./message-headers.ts";

type Encoder = { encode(): Uint8Array };

test("headers are encoded as the protocol wants them", () => {
  const headers = encodedHeaders(["Nats-Msg-Id", "run1:0:1"], ["Nats-Expected-Last-Subject-Sequence", 0]);
  const text = Buffer.from((headers as unknown as Encoder).encode()).toString();
  expect(text).toBe("NATS/1.0\r\nNats-Msg-Id: run1:0:1\r\nNats-Expected-Last-Subject-Sequence: 0\r\n\r\n");
});

test("a header is found in a stored block by its whole name", () => {
  const block = Buffer.from("NATS/1.0\r\nArpeggio-Write-Other: x\r\nArpeggio-Write: a:b\r\n\r\n");
  expect(headerOf(block, "Arpeggio-Write")).toBe("a:b");
  expect(headerOf(block, "Arpeggio")).toBeUndefined();
  expect(headerOf(Buffer.alloc(0), "Arpeggio-Write")).toBeUndefined();
});
