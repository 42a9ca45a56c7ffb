import { expect, test } from "vitest";
import { chain, compile, createApp, group, task } from "arpeggio";

const increment = task("join.increment", (n: number) => n + 1);
const sum = task("join.sum", (numbers: readonly number[]) => numbers.reduce((all, one) => all + one, 0));
const members = <T>(member: T): readonly T[] => Array.from({ length: 80 }, () => member);

test("a wide group after a wide group gets its results through a join node, and means the same", async () => {
  const wide = chain(group(members(increment)), group(members(sum)));
  expect(compile(wide).graph.nodes.map((node) => node.id)).toContain("join");

  const app = await createApp({ tasks: [increment, sum] });
  try {
    const run = await app.run(wide, 1);
    expect(await run.result()).toEqual(members(160));
  } finally {
    await app.close();
  }
});
