import { expect, test } from "vitest";
import { deliveryInfoOf } from "./ack-subject.ts";

const info = {
  deliveryCount: 2,
  streamSequence: 17,
  consumerSequence: 5,
  timestampMs: 1_795_350_090_009,
  pending: 3,
};

test("reads the form with nine tokens", () => {
  expect(deliveryInfoOf("$JS.ACK.ARP_TASKS.q_a_high.2.17.5.1795350090009036031.3")).toEqual(info);
});

test("reads the form with domain, account and a random token", () => {
  expect(deliveryInfoOf("$JS.ACK.hub.Ab3.ARP_TASKS.q_a_high.2.17.5.1795350090009036031.3.x7")).toEqual(info);
  expect(deliveryInfoOf("$JS.ACK._.Ab3.ARP_TASKS.q_a_high.2.17.5.1795350090009036031.3")).toEqual(info);
});

const unsound = ["x.2.3.4.5", "1..3.4.5", "1.2.-3.4.5", "1.2.3.1e9.5", `1.2.3.4.${"9".repeat(400)}`].map(
  (numbers) => `$JS.ACK.ARP_TASKS.q_a_high.${numbers}`,
);

test("anything else is no message of a consumer", () => {
  for (const subject of ["", "_INBOX.a.b", "$JS.FC.S.c.x", "$JS.ACK.too.short", ...unsound]) {
    expect(deliveryInfoOf(subject)).toBeUndefined();
  }
});
