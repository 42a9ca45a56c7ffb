import { chain, encodeEvent, encodeFrame, task, workflow } from "@arpeggio/core";
import { expect, test } from "vitest";
import { runLimits } from "../../packages/coordinator/src/run/run-limits.ts";
import { gate } from "../coordinator/faulty.ts";
import { World } from "../coordinator/world.ts";

const step = task("step", (n: number): number => n);
const other = task("other", (n: number): number => n);

test("a run ends on the graph that it began with, whatever its workflow has become, across a takeover", async () => {
  await using world = await World.open();
  const first = await world.coordinator("first");
  const { opened, open } = gate();
  await world.worker(async (input, { task: name }) => {
    await opened;
    return name === "step" ? (input as number) + 1 : (input as number) * 100;
  });
  await world.start("old", workflow("job", chain(step, step)), 1);
  await world.until(() => world.delivered.length === 1);
  await world.start("new", workflow("job", chain(step, other, step)), 1);
  await world.until(() => world.delivered.length === 2);
  await first.kill();
  await world.coordinator("second");
  open();
  expect(await world.valueOf("old")).toBe(3);
  expect(await world.valueOf("new")).toBe(201);
  expect(world.outcomes.get("old")?.graph).not.toBe(world.outcomes.get("new")?.graph);
});

test.each([
  ["a version", 250, 1],
  ["a kind", 1, 250],
])(
  "a record of %s that a newer release writes is set aside, and what stands around it goes on",
  async (_, version, kind) => {
    await using world = await World.open();
    const { it } = await world.coordinator();
    await world.worker((input) => (input as number) + 1);
    await world.start("a", chain(step, step), 1);
    const cancel = encodeEvent({ type: "run.cancel.requested", run: "nobody", reason: "" });
    const unknown = encodeFrame(version, kind, new Uint8Array([1, 2, 3]));
    await world.client.events.append(world.partitionOf("a"), new Uint8Array([...cancel, ...unknown, ...cancel]));
    await world.start("b", chain(step, step), 5);
    expect(await world.valueOf("a")).toBe(3);
    expect(await world.valueOf("b")).toBe(7);
    await world.until(() => it.stats().deadLetters === 1);
    // And the next owner, who may be newer or older, does not stop at it either.
    await it.stop();
    const next = await world.coordinator("next");
    await world.start("c", step, 1);
    expect(await world.valueOf("c")).toBe(2);
    expect(next.it.stats().deadLetters).toBeLessThanOrEqual(1);
  },
);

test("how many attempts of a run are under way is part of the fold: another number needs a note in run.started", () => {
  expect(runLimits.inFlightMax).toBe(10_000);
});
