import { createApp } from "arpeggio";
import { describe } from "vitest";
import { randomCanvasSuite } from "./random-canvas.suite.ts";
import { semanticsSuite } from "./rules.suite.ts";

describe("semantics on the embedded transport", () => {
  semanticsSuite(() => createApp());
  randomCanvasSuite(() => createApp(), { runs: 200 });
});
