import { createApp } from "arpeggio";
import { describe } from "vitest";
import { caseSuite } from "./cases/cases.suite.ts";

describe("the cases on the embedded transport", () => {
  caseSuite(() => createApp());
});
