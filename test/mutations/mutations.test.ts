import { describe, expect, test } from "vitest";
import { areas } from "./all.mjs";
import { mutatedText } from "./mutant.mjs";
import type { Mutation } from "./mutant.mjs";
import { Reach } from "./reach.mjs";
import { nameIn, PAGE, rowOf, tableLines, withoutIds } from "./table.mjs";
import { FIRST_SEED, tryMutation } from "./trial.mjs";

const mutations = areas.flatMap((area) => area.mutations);

/** Whether a row says of a mutation what is expected of it. */
function isRowOf(mutation: Mutation, row: string): boolean {
  const { seenBy, seldom } = mutation;
  if (seenBy === undefined || (seldom !== undefined && row === rowOf(mutation, { after: 0 })))
    return row === rowOf(mutation, { after: 0 });
  return /\| \d+ \|/.test(row) && row.includes(withoutIds(seenBy));
}

describe("the list", () => {
  test("names each mutation once, and says what is expected of it", () => {
    const names = mutations.map(({ name }) => name);
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
    const isClear = ({ seenBy, notSeen, seldom }: Mutation) =>
      (seenBy === undefined) !== (notSeen === undefined) && (seldom === undefined || seenBy !== undefined);
    expect(mutations.filter((one) => !isClear(one) || one.seenBy === "" || one.notSeen === "")).toEqual([]);
  });

  test.each(mutations)("$name: what it replaces is there once, and what comes of it can be parsed", (mutation) => {
    expect(mutatedText(mutation)).toContain(mutation.by);
  });

  test(`is the table of ${PAGE}, which \`pnpm test:mutations --write\` makes`, () => {
    const rows = tableLines().filter((line) => nameIn(line) !== undefined);
    expect(rows.map(nameIn)).toEqual(mutations.map(({ name }) => name));
    expect(mutations.filter((mutation, i) => !isRowOf(mutation, rows[i] as string))).toEqual([]);
  });
});

// `pnpm test:mutations` does the same with all of them.
describe("the simulator", { timeout: 60_000 }, () => {
  const broken = (by: string, seenBy: string): Mutation => {
    const replace = "apply(context, event, planOf);\n";
    return { name: "broken", file: "packages/coordinator/src/fold/fold.ts", replace, by, seenBy };
  };

  test("says nothing of the engine as it is", async () => {
    expect(await tryMutation(undefined, { seeds: 3 })).toEqual({ after: 3 });
  });

  test("sees a mutation of the list, and says with which seed", async () => {
    const mutation = mutations.find(({ name }) => name === "one attempt more than the policy has") as Mutation;
    const { after, says } = await tryMutation(mutation, { seeds: 30 });
    expect(says).toContain(mutation.seenBy);
    expect(after).toBeLessThanOrEqual(30);
  });

  test("goes on with the next seed where something else is said, and tells what", async () => {
    const result = await tryMutation(broken('throw new Error("on purpose");\n', "nobody says this"), { seeds: 2 });
    expect(result).toEqual({ after: 2, otherwise: expect.stringContaining("on purpose") as string });
  });

  test("passes over seeds that do not reach what is changed", async () => {
    const reach = await Reach.of([FIRST_SEED], 1);
    const reaching = (piece: string, by: string) => {
      expect(reach.text.split(piece)).toHaveLength(2);
      return reach.reaching([FIRST_SEED, 0], reach.text.replace(piece, by));
    };
    // Of the seed 0 nothing is known.
    expect(reaching('"REPLACE_TOO_DEEP"', '"OTHERWISE"')).toEqual([0]);
    expect(reaching("if (left === 0) release", "if (left <= 1) release")).toEqual([FIRST_SEED, 0]);
  });

  test("ends an engine that hangs", async () => {
    const result = await tryMutation(broken("for (;;);\n", "hangs"), { seeds: 3, hangMs: 2_000 });
    expect(result).toEqual({ after: 1, says: "hangs" });
  });

  test("ends an engine that takes all memory", async () => {
    const by = "for (const all: unknown[] = []; ; ) all.push(new Uint8Array(10_000_000).fill(1));\n";
    const result = await tryMutation(broken(by, "takes all memory"), { seeds: 3, memoryMb: 600 });
    expect(result).toEqual({ after: 1, says: "takes all memory" });
  });
});
