import { expect, test } from "vitest";
import { headerBlock, headerOf, messageIdBlock } from "./message-headers.ts";

test("headers stand as the protocol wants them", () => {
  const text = headerBlock(["Nats-Msg-Id", "run1:0:1"], ["Nats-Expected-Last-Subject-Sequence", 0]);
  expect(text).toBe("NATS/1.0\r\nNats-Msg-Id: run1:0:1\r\nNats-Expected-Last-Subject-Sequence: 0\r\n\r\n");
  expect(messageIdBlock("run1:0:1")).toBe(headerBlock(["Nats-Msg-Id", "run1:0:1"]));
});

test("a header is found in a stored block by its whole name", () => {
  const block = Buffer.from("NATS/1.0\r\nArpeggio-Write-Other: x\r\nArpeggio-Write: a:b\r\n\r\n");
  expect(headerOf(block, "Arpeggio-Write")).toBe("a:b");
  expect(headerOf(block, "Arpeggio")).toBeUndefined();
  expect(headerOf(Buffer.alloc(0), "Arpeggio-Write")).toBeUndefined();
});
