import { any, chain, compile, map, task } from "@arpeggio/core";
import { expect, test } from "vitest";
import { placesOf } from "./node-places.ts";

const a = task("a", (n: number) => n);
const dotted = task("a.b", (n: number) => n);

const list = task("list", (n: number) => [n]);
const { graph } = compile(
  chain(
    a,
    dotted,
    any({ "left.side": chain(a, dotted), right: a }).named("any"),
    list,
    map(chain(a, chain(a, dotted).named("in"))),
  ),
);

test.each([
  ["a", "a"],
  ["a.b", "a.b"],
  ["a!replaced", "a a!replaced"],
  ["a!replaced/x.y[2]/z", "a a!replaced a!replaced/x a!replaced/x.y a!replaced/x.y[2] a!replaced/x.y[2]/z"],
  ["any.right", "any any.right"],
  ["any.left.side/a", "any any.left.side any.left.side/a"],
  ["any.left", ""],
  ["map[12]", "map map[12]"],
  ["map[12]/in/a.b", "map map[12] map[12]/in map[12]/in/a.b"],
  ["map[x]", ""],
  ["nobody", ""],
])("%s lies in: %s", (path, places) => {
  expect([...placesOf(graph, path)].toSorted().join(" ")).toBe(places);
});
