import { expect, test } from "vitest";
import type { NatsConnection } from "@nats-io/nats-core";
import { headerBlock } from "./message-headers.ts";
import { Outbox } from "./outbox.ts";

interface Published {
  readonly subject: string;
  readonly data: Uint8Array;
  readonly options: { reply?: string; headers?: { encode(): Uint8Array } };
}

function connection(sendCommand?: (...parts: Uint8Array[]) => void) {
  const plain: Published[] = [];
  const publish = (subject: string, data: Uint8Array, options: Published["options"]) =>
    void plain.push({ subject, data, options });
  const protocol = sendCommand === undefined ? {} : { sendCommand };
  return { plain, outbox: new Outbox({ protocol, publish } as unknown as NatsConnection) };
}

function recording() {
  const sent: string[] = [];
  const made = connection((...parts) => void sent.push(Buffer.concat(parts).toString("latin1")));
  return { ...made, sent };
}

const headers = headerBlock(["Nats-Msg-Id", "a:0:1"]);

test("a message is written as the protocol has it", () => {
  const { outbox, sent } = recording();
  outbox.publish("arp.x", Buffer.from("12345"), "", "");
  outbox.publish("arp.x", Buffer.from("12345"), "_INBOX.a.7", "");
  outbox.publish("arp.x", Buffer.from("12345"), "_INBOX.a.8", headers);
  outbox.publish("arp.x", new Uint8Array(0), "", headers);
  const bytes = headers.length;
  expect(sent).toEqual([
    "PUB arp.x 5\r\n12345\r\n",
    "PUB arp.x _INBOX.a.7 5\r\n12345\r\n",
    `HPUB arp.x _INBOX.a.8 ${bytes} ${bytes + 5}\r\n${headers}12345\r\n`,
    `HPUB arp.x ${bytes} ${bytes}\r\n${headers}\r\n`,
  ]);
});

test("what was given out stays as it is while further messages are written", () => {
  const given: Uint8Array[] = [];
  const { outbox } = connection((command, ...more) => void given.push(Buffer.concat([command, ...more]), command));
  for (let i = 0; i < 3_000; i++) outbox.publish("arp.x", Buffer.from(`message ${i}`.padEnd(i % 97, ".")), "", "");
  for (let i = 0; i < given.length; i += 2) expect(given[i + 1]).toEqual(given[i]);
});

test("large data is not copied", () => {
  const parts: Uint8Array[] = [];
  const { outbox } = connection((...given) => void parts.push(...given));
  const data = new Uint8Array(500_000).fill(65);
  outbox.publish("arp.x", data, "", headers);
  expect(parts[1]).toBe(data);
  expect(Buffer.concat(parts).toString("latin1")).toMatch(/^HPUB arp\.x \d+ \d+\r\nNATS[^]*A\r\n$/);
});

test("a client without what it stands on publishes by itself", () => {
  const { outbox, plain } = connection();
  outbox.publish("arp.x", Buffer.from("1"), "_INBOX.a.7", headers);
  outbox.publish("arp.x", Buffer.from("2"), "", "");
  expect(plain.map(({ subject, data, options }) => [subject, String(data), options.reply])).toEqual([
    ["arp.x", "1", "_INBOX.a.7"],
    ["arp.x", "2", undefined],
  ]);
  expect(Buffer.from(plain[0]?.options.headers?.encode() ?? []).toString()).toBe(headers);
  expect(plain[1]?.options.headers).toBeUndefined();
});
