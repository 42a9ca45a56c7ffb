import { createApp } from "arpeggio";
import { createTestApp } from "@arpeggio/testing";
import { expect, test } from "vitest";
import { all, calls, ident, join, noted, plus, seq, sumOf, tsum, valueOf } from "./vocabulary.ts";

test("X19: a join takes nobody's place while it waits: one slot is enough for any nesting", async () => {
  const app = await createApp({ concurrency: 1 });
  try {
    const header = seq(sumOf(1, 1), all(plus(1), plus(2)), tsum);
    const canvas = join([header, seq(sumOf(2, 2), join([plus(1), header], tsum))], tsum);
    expect(await valueOf(app, canvas)).toBe(7 + 5 + 7);
  } finally {
    await app.close();
  }
});

test("O11: a run that nobody knows is an error, and not one that is still to come", async () => {
  const app = await createTestApp();
  try {
    let thrown: { code?: string } | undefined;
    void app
      .attach("nobody-started-this")
      .result()
      .catch((error: { code?: string }) => void (thrown = error));
    await expect
      .poll(
        () => {
          app.advance("200ms");
          return thrown?.code;
        },
        { interval: 5, timeout: 15_000 },
      )
      .toBe("RUN_NOT_FOUND");
  } finally {
    await app.close();
  }
});

test("D05: closing waits for what has begun, however often it is asked to", async () => {
  const app = await createApp();
  let finish!: () => void;
  let begin!: () => void;
  const isFinished = new Promise<void>((resolve) => (finish = resolve));
  const hasBegun = new Promise<void>((resolve) => (begin = resolve));
  let isDone = false;
  const long = noted("long-at-close", async () => {
    begin();
    await isFinished;
    isDone = true;
  });
  const run = await app.run(seq(long, ident), null);
  await hasBegun;
  const closes = [app.close(), app.close()];
  finish();
  await Promise.all(closes);
  expect(isDone).toBe(true);
  expect(calls(run, "long-at-close")).toBe(1);
});
