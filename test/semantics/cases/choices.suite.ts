import { choose } from "arpeggio";
import { compile, assertGraph } from "@arpeggio/core";
import { expect, test } from "vitest";
import { a, all, b, ended, failureOf, ident, noted, seq, valueOf } from "./vocabulary.ts";
import type { Any, AppGiver } from "./vocabulary.ts";

const kind = noted("kind", (x: unknown) => x);
const byField = (value: { readonly field: unknown }) => value.field;
const chooseAny = choose as unknown as (selector: Any | typeof byField, cases: object, otherwise?: Any) => Any;

/** Choices, and graphs that were written by hand. */
export function choiceCases(app: AppGiver): void {
  test("a value without a case takes otherwise; without one its node fails and names the cases", async () => {
    expect(await valueOf(app(), chooseAny(kind, { x: a, true: b, null: ident }), "x")).toBe("a");
    expect(await valueOf(app(), chooseAny(kind, { x: a, true: b }), true)).toBe("b");
    expect(await valueOf(app(), chooseAny(kind, { x: a, null: ident }), null)).toBeNull();
    expect(await valueOf(app(), chooseAny(kind, { x: a }, b), "y")).toBe("b");
    for (const value of ["y", 3, { an: "object" }, ["a list"]]) {
      const run = await ended(app(), seq(chooseAny(kind, { x: a, z: b }), ident), value);
      const { failure, hint } = await failureOf(run);
      expect(failure).toMatchObject({ code: "CASE_MISSING", message: expect.stringContaining("'x', 'z'") });
      expect(hint).toMatch(/add the case/i);
      expect((await run.status()).counts.skipped).toBe(1);
    }
  });
  test("a value in the blob store chooses as it would in a message", async () => {
    const long = "x".repeat(200_000);
    const code = "CASE_MISSING";
    const shown = expect.stringContaining(`'${"x".repeat(100)}' came`);
    expect(await valueOf(app(), chooseAny(kind, { y: a }, b), long)).toBe("b");
    for (const [on, input] of [
      [kind, long],
      [byField, { field: long }],
    ] as const) {
      const { failure } = await failureOf(await ended(app(), chooseAny(on, { y: a }), input));
      expect(failure).toMatchObject({ code, message: shown });
    }
    // What has such a value in it is a list like any other.
    const { failure } = await failureOf(await ended(app(), chooseAny(all(ident), { y: a }), long));
    expect(failure).toMatchObject({ code, message: expect.stringContaining("no text, number, boolean or null came") });
  });
  test("a graph whose nodes need each other in a circle is refused, with the place", () => {
    const { graph } = compile(seq(a, b));
    const [first, second] = graph.nodes as [object, object];
    const circle = { ...graph, nodes: [{ ...first, needs: ["case.b"] }, second] };
    expect(() => assertGraph(circle)).toThrow(
      expect.objectContaining({
        code: "GRAPH_INVALID",
        message: expect.stringContaining("case.b"),
        hint: expect.any(String),
      }),
    );
  });
  test("labels and run ids with characters that they may not have are refused", async () => {
    await expect(app().run(a, null, { id: "a.b *" })).rejects.toMatchObject({
      code: "NAME_INVALID",
      hint: expect.any(String),
    });
    await expect(app().run(a, null, { labels: { x: 1 } } as never)).rejects.toMatchObject({ code: "OPTION_INVALID" });
    await expect(app().run(a, null, { labels: { "a=b": "x" } })).rejects.toMatchObject({
      code: "OPTION_INVALID",
      message: expect.stringContaining('{"a=b":"x"}'),
      hint: expect.stringContaining("without '='"),
    });
    for (const labels of [{ ["__proto__"]: "x" }, { "": "x" }, { a: "two\nlines" }]) {
      expect(() => a.with({ labels })).toThrow(expect.objectContaining({ code: "OPTION_INVALID" }));
    }
  });
}
