import { sleep } from "arpeggio";
import { expect, test } from "vitest";
import { all, calls, id, ident, inOrder, noted, seq, valueOf } from "./vocabulary.ts";
import type { Any, AppGiver } from "./vocabulary.ts";

/** What is done later, or not any more. */
export function timeCases(app: AppGiver): void {
  test("T05: delays of any kind: none, equal ones, different ones, moments that are past, in chains and side by side", async () => {
    const soon = (name: string, ms: number) => noted(name, () => name).with({ delay: ms });
    const run = await app().run(all(soon("late", 120), soon("soon", 40), soon("now", 0)), null);
    expect(await run.result()).toEqual(["late", "soon", "now"]);
    expect(inOrder(run)).toEqual(["now", "soon", "late"]);
    expect(await valueOf(app(), ident.with({ at: "2020-01-01T00:00:00Z" }), 1)).toBe(1);
    expect(await valueOf(app(), ident.with({ at: new Date(0) }), 2)).toBe(2);
    expect(await valueOf(app(), seq(soon("a1", 10), soon("a2", 10), soon("a3", 10)))).toBe("a3");
    expect(await valueOf(app(), all(soon("e1", 20), soon("e2", 20), soon("e3", 20)))).toEqual(["e1", "e2", "e3"]);
    expect(() => ident.with({ delay: -1 })).toThrow(expect.objectContaining({ code: "OPTION_INVALID" }));
  });
  test("K07: what is cancelled before it is due never begins, however far away that is", async () => {
    const later = noted("far-away", () => 1).with({ delay: "25h" });
    const run = await app().run(seq(id(1), later, ident), null);
    await expect.poll(async () => (await run.status()).counts.waiting).toBe(1);
    expect(await run.cancel()).toBe("cancelled");
    expect((await run.status()).counts).toEqual({ succeeded: 1, cancelled: 2 });
    expect(calls(run, "far-away")).toBe(0);
  });
  test("rule 18: a whole canvas may wait, and hand on what it was given", async () => {
    expect(await valueOf(app(), seq(ident, sleep(10) as Any, ident), { kept: [1] })).toEqual({ kept: [1] });
    expect(await valueOf(app(), all(ident, ident).with({ delay: 10 }), 1)).toEqual([1, 1]);
  });
}
