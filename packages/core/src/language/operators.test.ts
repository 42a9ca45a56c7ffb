import { describe, expect, test } from "vitest";
import { and, compile, eq, evaluate, exists, flow, ge, gt, le, lt, ne, not, or, size, task } from "../index.ts";
import type { Ref } from "../index.ts";
import { mappingTemplate } from "./reference.ts";

interface Order {
  readonly state: "open" | "filled";
  readonly price: number;
  readonly limit?: number;
  readonly paid: boolean;
  readonly placed: Date;
  readonly items: readonly string[];
}
const order: Order = { state: "open", price: 5, paid: true, placed: new Date(7), items: ["a", "b"] };
const template = (mapping: (x: Ref<Order>) => unknown) => mappingTemplate(mapping as never, "'b' after 'a'");
const valueOf = (mapping: (x: Ref<Order>) => unknown) => evaluate(template(mapping), () => order);

describe("operators", () => {
  test.each<[string, (x: Ref<Order>) => unknown, unknown]>([
    [
      "eq",
      (x) => [eq(x.state, "open"), eq("filled", x.state), eq(x.price, x.price), eq(x.limit, null)],
      [true, false, true, true],
    ],
    ["eq of lists and objects", (x) => [eq(x.items, ["a", "b"]), eq({ p: x.price }, x as never)], [true, false]],
    ["ne", (x) => [ne(x.state, "open"), ne(x.price, 4)], [false, true]],
    [
      "lt, le, gt, ge",
      (x) => [lt(x.price, 5), le(x.price, 5), gt(x.price, 4), ge(x.price, 6)],
      [false, true, true, false],
    ],
    ["texts and Dates", (x) => [lt(x.state, "z"), gt(x.placed, new Date(6))], [true, true]],
    ["and", (x) => [and(x.paid, eq(x.price, 5)), and(x.paid, gt(x.price, 5), true)], [true, false]],
    ["or", (x) => [or(x.paid, false), or(gt(x.price, 5), not(x.paid))], [true, false]],
    ["not", (x) => not(x.paid), false],
    ["exists", (x) => [exists(x.price), exists(x.limit), exists(x.items[7])], [true, false, false]],
    ["size", (x) => [size(x.items), size(x.state), gt(size(x.items), 1)], [2, 4, true]],
    ["a guard before what may be missing", (x) => and(exists(x.limit), gt(x.limit, 3)), false],
    ["the same with or", (x) => or(not(exists(x.limit)), gt(x.limit, 3)), true],
  ])("%s", (_, mapping, expected) => {
    expect(valueOf(mapping)).toEqual(expected);
  });

  test("are data in the graph, over the nodes that they read", () => {
    const place = task("place", (): Order => order);
    expect(compile(place.select((x) => ({ busy: gt(size(x.items), 100) }))).graph.output).toEqual({
      object: {
        busy: { op: "gt", args: [{ op: "size", args: [{ ref: "place", path: ["items"] }] }, { const: 100 }] },
      },
    });
    const merged = flow((input: Ref<Order>, step) => {
      const placed = step(place);
      return step(
        task("tell", (x: { same: boolean }) => x.same),
        { same: eq(placed.price, input.price) },
      );
    });
    expect(compile(merged).graph.nodes[1]).toMatchObject({ id: "tell", needs: ["place"] });
  });

  test("fail what they cannot take, when they have the values", () => {
    expect(() => valueOf((x) => gt(x.limit, 3))).toThrow(
      expect.objectContaining({ code: "EXPRESSION_FAILED", message: expect.stringContaining("'gt' compares") }),
    );
    expect(() => valueOf((x) => and(true, x.price as never))).toThrow("'and' takes true or false, but got a number");
  });

  let other: Ref<Order> | undefined;
  template((x) => (other = x));
  test.each<[string, (x: Ref<Order>) => unknown, string]>([
    ["without a reference", () => eq(1, 1), "eq(…) has no reference among its operands"],
    ["without operands", () => and(), "and(…) has no reference among its operands"],
    [
      "with references of two functions",
      (x) => eq(x.price, (other as Ref<Order>).price),
      "eq(…) in the mapping of 'b' after 'a' reads a reference of the mapping of 'b' after 'a'",
    ],
    [
      "in an arithmetic",
      (x) => Number(size(x.items)) + 1,
      "the mapping of 'b' after 'a' uses 'size(…)' as a string, a number",
    ],
  ])("%s are refused", (_, mapping, message) => {
    expect(() => template(mapping)).toThrow(
      expect.objectContaining({ code: "MAPPING_INVALID", message: expect.stringContaining(message) }),
    );
  });
});
