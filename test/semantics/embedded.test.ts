import { createApp, embedded } from "arpeggio";
import type { App } from "arpeggio";
import { afterAll, beforeAll, describe } from "vitest";
import { choiceCases } from "./cases/choices.suite.ts";
import { randomCanvasSuite } from "./random-canvas.suite.ts";
import { semanticsSuite } from "./rules.suite.ts";

describe("semantics on the embedded transport", () => {
  semanticsSuite(() => createApp());
  randomCanvasSuite(() => createApp(), { runs: 200 });
});

describe("semantics where every value lies in the blob store", () => {
  const open = () => createApp({ transport: embedded({ inlineBytesMax: 1 }) });
  randomCanvasSuite(open, { runs: 100 });
  let app: App;
  beforeAll(async () => {
    app = await open();
  });
  afterAll(() => app.close());
  choiceCases(() => app);
});
