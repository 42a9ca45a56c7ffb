import { expect, test } from "vitest";
import { nearNames } from "./near-names.ts";

test("the most alike comes first, and what is quite another not at all", () => {
  const known = ["image.resize", "image.crop", "map[3]/image.resize", "publish", "an.other"];
  expect(nearNames("image.resise", known)).toEqual(["image.resize", "image.crop", "map[3]/image.resize"]);
  expect(nearNames("map[3]/image.crob", ["map[3]/image.crop", "x"])).toEqual(["map[3]/image.crop"]);
  expect(nearNames("order", known)).toEqual([]);
  expect(nearNames("", [])).toEqual([]);
});
