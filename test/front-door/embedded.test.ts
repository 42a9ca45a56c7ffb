import { createApp } from "arpeggio";
import { describe } from "vitest";
import { runsSuite } from "./runs.suite.ts";

describe("runs on the embedded transport", () => {
  runsSuite(() => createApp());
});
