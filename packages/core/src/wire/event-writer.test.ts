import { describe, expect, test } from "vitest";
import type { AppendOptions, EventLog } from "../transport/event-log.ts";
import { createEventWriter, EventWriterClosedError } from "./event-writer.ts";

interface Appended {
  readonly partition: number;
  readonly message: readonly number[];
  readonly options: AppendOptions | undefined;
  readonly settle: (error?: Error) => void;
}

/** A log whose appends settle when the test says so. */
function recordingLog() {
  const appended: Appended[] = [];
  const log: Pick<EventLog, "append"> = {
    append: (partition, message, options) =>
      new Promise((resolve, reject) => {
        const settle = (error?: Error) => (error === undefined ? resolve() : reject(error));
        appended.push({ partition, message: [...message], options, settle });
      }),
  };
  return { log: log as EventLog, appended };
}

const frame = (...bytes: number[]) => new Uint8Array(bytes);
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

describe.each(["microtask", "immediate"] as const)("sent at the end of the turn (%s)", (schedule) => {
  test("events of one turn travel in one message a partition, in order", async () => {
    const { log, appended } = recordingLog();
    const writer = createEventWriter(log, { schedule });
    void writer.write(0, frame(1, 2));
    void writer.write(1, frame(9));
    void writer.write(0, frame(3));
    expect(appended).toEqual([]);
    await turn();
    expect(appended.map(({ partition, message }) => ({ partition, message }))).toEqual([
      { partition: 0, message: [1, 2, 3] },
      { partition: 1, message: [9] },
    ]);
    void writer.write(0, frame(4));
    await turn();
    expect(appended[2]?.message).toEqual([4]);
  });

  test("all writes of a pack settle with its append, and with no other", async () => {
    const { log, appended } = recordingLog();
    const writer = createEventWriter(log, { schedule });
    const outcomes: string[] = [];
    const follow = (name: string, done: Promise<void>) =>
      done.then(
        () => outcomes.push(`${name} stored`),
        (error: Error) => outcomes.push(`${name} ${error.message}`),
      );
    const all = [follow("a", writer.write(0, frame(1))), follow("b", writer.write(0, frame(2)))];
    all.push(follow("c", writer.write(1, frame(3))));
    await turn();
    expect(outcomes).toEqual([]);
    appended[1]?.settle(new Error("refused"));
    await turn();
    expect(outcomes).toEqual(["c refused"]);
    appended[0]?.settle();
    await Promise.all(all);
    expect(outcomes).toEqual(["c refused", "a stored", "b stored"]);
  });
});

test("a pack is sent before it would be larger than the most; a larger event goes alone", async () => {
  const { log, appended } = recordingLog();
  const writer = createEventWriter(log, { schedule: "microtask", bytesMax: 4 });
  for (const each of [frame(1, 1), frame(2, 2), frame(3), frame(4, 4, 4, 4, 4), frame(5)]) void writer.write(0, each);
  await turn();
  expect(appended.map(({ message }) => message)).toEqual([[1, 1, 2, 2], [3], [4, 4, 4, 4, 4], [5]]);
});

test("with a prefix, every pack has an id of its own; without one, none has", async () => {
  const { log, appended } = recordingLog();
  const writer = createEventWriter(log, { schedule: "microtask", idPrefix: "me" });
  void writer.write(0, frame(1));
  void writer.write(1, frame(2));
  await turn();
  expect(appended.map(({ options }) => options?.id)).toEqual(["me-0", "me-1"]);
  void createEventWriter(log, { schedule: "microtask" }).write(0, frame(1));
  await turn();
  expect(appended[2]?.options).toBeUndefined();
});

test("flush sends at once, and waits for everything, well or badly settled", async () => {
  const { log, appended } = recordingLog();
  const writer = createEventWriter(log, { schedule: "immediate" });
  const lost = writer.write(0, frame(1)).catch((error: Error) => error.message);
  await turn();
  void writer.write(1, frame(2));
  let isFlushed = false;
  const flushed = writer.flush().then(() => (isFlushed = true));
  expect(appended).toHaveLength(2);
  appended[0]?.settle(new Error("lost"));
  expect(await lost).toBe("lost");
  await turn();
  expect(isFlushed).toBe(false);
  appended[1]?.settle();
  await flushed;
});

test("who asks to be told is told when the pack has settled, well, badly, or not at all", async () => {
  const { log, appended } = recordingLog();
  const writer = createEventWriter(log, { schedule: "microtask" });
  const told: unknown[] = [];
  writer.writeThen(0, frame(1), (error) => told.push([1, error]));
  writer.writeThen(0, frame(2), (error) => told.push([2, error]));
  const lost = new Error("lost");
  writer.writeThen(1, frame(3), (error) => told.push([3, error]));
  await turn();
  expect(appended.map(({ message }) => message)).toEqual([[1, 2], [3]]);
  expect(told).toEqual([]);
  appended[0]?.settle();
  appended[1]?.settle(lost);
  await writer.close();
  expect(told).toEqual([
    [1, undefined],
    [2, undefined],
    [3, lost],
  ]);
  writer.writeThen(0, frame(4), (error) => told.push(error));
  expect(told.at(-1)).toBeInstanceOf(EventWriterClosedError);
});

test("an append that throws at once fails its pack only", async () => {
  const log = {
    append: () => {
      throw new Error("at once");
    },
  } as unknown as EventLog;
  const writer = createEventWriter(log, { schedule: "microtask" });
  await expect(writer.write(0, frame(1))).rejects.toThrow("at once");
});

test("closing sends what is gathered and takes no more", async () => {
  const { log, appended } = recordingLog();
  const writer = createEventWriter(log, { schedule: "immediate" });
  void writer.write(0, frame(1));
  const closed = writer.close();
  expect(appended.map(({ message }) => message)).toEqual([[1]]);
  await expect(writer.write(0, frame(2))).rejects.toThrow(EventWriterClosedError);
  appended[0]?.settle();
  await closed;
});
