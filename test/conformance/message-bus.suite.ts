import { MessageTooLargeError, NameInvalidError, NoAnswerError, randomToken, type Transport } from "@arpeggio/core";
import { describe, expect, test } from "vitest";
import { brokerForSuite, type StartBroker } from "./broker.ts";
import { bytesOf, Gathered, patternedBytes, textOf } from "./gathered.ts";

export function messageBusSuite(start: StartBroker): void {
  const broker = brokerForSuite(start);

  async function listening(transport: Transport, pattern: string) {
    const heard = new Gathered<string>();
    const subscription = await transport.bus.subscribe(pattern, ({ subject, bytes }) =>
      heard.add(`${subject}=${textOf(bytes)}`),
    );
    return { heard, stop: () => subscription.stop() };
  }

  describe("publishing", () => {
    test("reaches all who listen to the subject, on every connection, in order", async () => {
      const [transport, other] = [await broker.open(), await broker.open()];
      const name = randomToken();
      const exact = await listening(transport, `${name}.a`);
      const star = await listening(other, `*.a`);
      const rest = await listening(other, `${name}.>`);
      const all = await listening(other, `>`);
      transport.bus.publish(`${name}.a`, bytesOf("1"));
      transport.bus.publish(`${name}.b`, bytesOf("2"));
      transport.bus.publish(`${name}.a.b`, bytesOf("3"));
      transport.bus.publish(name, bytesOf("4"));
      transport.bus.publish(`${name}.a`, bytesOf("5"));
      const is = (...texts: string[]) => texts.map((text) => `${name}${text}`);
      expect(await exact.heard.atLeast(2)).toEqual(is(".a=1", ".a=5"));
      expect(await star.heard.atLeast(2)).toEqual(is(".a=1", ".a=5"));
      expect(await rest.heard.atLeast(4)).toEqual(is(".a=1", ".b=2", ".a.b=3", ".a=5"));
      expect(await all.heard.atLeast(5)).toEqual(is(".a=1", ".b=2", ".a.b=3", "=4", ".a=5"));
    });

    test("to nobody is harmless, and nobody hears of it later", async () => {
      const transport = await broker.open();
      const name = randomToken();
      transport.bus.publish(`${name}.x`, bytesOf("lost"));
      await transport.bus.flush();
      const { heard } = await listening(transport, `${name}.*`);
      transport.bus.publish(`${name}.x`, bytesOf("heard"));
      expect(await heard.atLeast(1)).toEqual([`${name}.x=heard`]);
    });

    test("sends the bytes of that moment", async () => {
      const transport = await broker.open();
      const name = randomToken();
      const { heard } = await listening(transport, name);
      const bytes = bytesOf("before");
      transport.bus.publish(name, bytes);
      await transport.bus.flush();
      bytes.fill(0);
      expect(await heard.atLeast(1)).toEqual([`${name}=before`]);
    });

    test("is over, as far as the sender goes, when flush resolves: the sender may leave", async () => {
      const [transport, leaving] = [await broker.open(), await broker.open()];
      const name = randomToken();
      const { heard } = await listening(transport, name);
      for (let i = 0; i < 100; i++) leaving.bus.publish(name, bytesOf(`${i}`));
      await leaving.bus.flush();
      await leaving.close();
      expect(await heard.atLeast(100)).toEqual(Array.from({ length: 100 }, (_, i) => `${name}=${i}`));
    });

    test("stops reaching who has stopped, and only them", async () => {
      const transport = await broker.open();
      const name = randomToken();
      const [stopped, going] = [await listening(transport, name), await listening(transport, name)];
      transport.bus.publish(name, bytesOf("1"));
      await stopped.heard.atLeast(1);
      await stopped.stop();
      await stopped.stop();
      transport.bus.publish(name, bytesOf("2"));
      expect(await going.heard.atLeast(2)).toEqual([`${name}=1`, `${name}=2`]);
      expect(stopped.heard.items).toEqual([`${name}=1`]);
    });
  });

  describe("a request", () => {
    test("gets the answer", async () => {
      const [transport, other] = [await broker.open(), await broker.open()];
      const name = randomToken();
      await other.bus.subscribe(`${name}.*`, (message) =>
        message.respond(bytesOf(`${message.subject} says ${textOf(message.bytes)}`)),
      );
      const answers = await Promise.all(
        Array.from({ length: 50 }, (_, i) => transport.bus.request(`${name}.${i}`, bytesOf(`hi ${i}`), 10_000)),
      );
      expect(answers.map(textOf)).toEqual(Array.from({ length: 50 }, (_, i) => `${name}.${i} says hi ${i}`));
    });

    test("gets the first of several answers", async () => {
      const transport = await broker.open();
      const name = randomToken();
      await transport.bus.subscribe(name, (message) => {
        message.respond(bytesOf("first"));
        message.respond(bytesOf("second"));
      });
      expect(textOf(await transport.bus.request(name, bytesOf("?"), 10_000))).toBe("first");
      expect(textOf(await transport.bus.request(name, bytesOf("?"), 10_000))).toBe("first");
    });

    test("may be answered later, and with nothing", async () => {
      const transport = await broker.open();
      const name = randomToken();
      await transport.bus.subscribe(name, (message) => setImmediate(() => message.respond(new Uint8Array(0))));
      expect(await transport.bus.request(name, new Uint8Array(0), 10_000)).toHaveLength(0);
    });

    test("to nobody fails, without waiting", async () => {
      const transport = await broker.open();
      const asked = transport.bus.request(randomToken(), bytesOf("?"), 60_000);
      await expect(asked).rejects.toThrow(NoAnswerError);
    });

    test("that nobody answers fails after its time", async () => {
      const transport = await broker.open();
      const name = randomToken();
      const { heard } = await listening(transport, name);
      await expect(transport.bus.request(name, bytesOf("?"), 200)).rejects.toMatchObject({ code: "NO_ANSWER" });
      expect(heard.items).toEqual([`${name}=?`]);
    });

    test("is what an answer needs: answering a message that is none does nothing", async () => {
      const transport = await broker.open();
      const name = randomToken();
      const heard = new Gathered<string>();
      await transport.bus.subscribe(name, (message) => {
        message.respond(bytesOf("nobody asked"));
        heard.add(textOf(message.bytes));
      });
      transport.bus.publish(name, bytesOf("1"));
      transport.bus.publish(name, bytesOf("2"));
      expect(await heard.atLeast(2)).toEqual(["1", "2"]);
    });
  });

  test("a message above the limit is refused", async () => {
    const transport = await broker.open();
    const large = patternedBytes(transport.limits.messageBytesMax + 1);
    expect(() => transport.bus.publish("a", large)).toThrow(MessageTooLargeError);
    await expect(transport.bus.request("a", large, 1_000)).rejects.toThrow(MessageTooLargeError);
  });

  test.each(["", "a b", "a.", "a.*", ">"])("'%s' is no subject", async (subject) => {
    const transport = await broker.open();
    expect(() => transport.bus.publish(subject, bytesOf("x"))).toThrow(NameInvalidError);
    await expect(transport.bus.request(subject, bytesOf("x"), 1_000)).rejects.toThrow(NameInvalidError);
  });
  test.each(["", "a.", ">.a", "a*"])("'%s' is no pattern", async (pattern) => {
    const transport = await broker.open();
    await expect(transport.bus.subscribe(pattern, () => {})).rejects.toThrow(NameInvalidError);
  });
}
