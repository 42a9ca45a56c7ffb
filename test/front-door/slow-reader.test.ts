import { createApp, task, type RunUpdate } from "arpeggio";
import { expect, test } from "vitest";

/** More than the 10,000 that wait for a reader. */
const LINES = 11_000;

/** A task that logs more than its reader takes, and ends when it is told to. */
function talker() {
  const [begun, said, ended] = [moment(), moment(), moment()];
  const talk = task("talk", async (_: unknown, { log }) => {
    await begun.come;
    for (let i = 0; i < LINES; i++) log(String(i));
    said.tell();
    await ended.come;
    return "said";
  });
  return { talk, begin: begun.tell, said: said.come, end: ended.tell };
}

function moment(): { readonly come: Promise<void>; readonly tell: () => void } {
  let tell = () => {};
  const come = new Promise<void>((resolve) => (tell = resolve));
  return { come, tell };
}

/** The lines come in their order up to some place, and the second snapshot says how much is missing from there on. */
function expectStatedGap(updates: readonly RunUpdate[]): void {
  const lines = updates.flatMap((update) => (update.type === "log" ? [update.message] : []));
  expect(lines.length).toBeLessThan(LINES);
  expect(lines).toEqual(lines.map((_, i) => String(i)));
  const missed = updates.flatMap((update) => (update.type === "snapshot" ? [update.missed ?? 0] : []));
  expect(missed).toHaveLength(2);
  expect(missed[0]).toBe(0);
  expect(missed[1]).toBeGreaterThanOrEqual(LINES - lines.length);
}

test("a slow reader gets what waited for him, then the run as it stands and how much he has missed", async () => {
  await using app = await createApp();
  const { talk, begin, said, end } = talker();
  const run = await app.run(talk, null);
  const updates: RunUpdate[] = [];
  for await (const update of run.events()) {
    updates.push(update);
    if (updates.length === 1) {
      begin();
      await said;
    }
    // From here on it is a reader like any other.
    if (update.type === "snapshot" && update.missed !== undefined) end();
  }
  expectStatedGap(updates);
  expect(updates.filter(({ type }) => type === "snapshot")[1]).toMatchObject({ status: { state: "running" } });
  expect(updates.at(-1)).toEqual({ type: "ended", state: "succeeded" });
});

test("a reader who comes back after the end is told how it ended, and how much he has missed", async () => {
  await using app = await createApp();
  const { talk, begin, end } = talker();
  const run = await app.run(talk, null);
  const updates: RunUpdate[] = [];
  for await (const update of run.events()) {
    updates.push(update);
    if (updates.length > 1) continue;
    begin();
    end();
    await run.result();
  }
  expectStatedGap(updates);
  expect(updates.slice(-2)).toMatchObject([
    { type: "snapshot", status: { state: "succeeded" } },
    { type: "ended", state: "succeeded" },
  ]);
});
