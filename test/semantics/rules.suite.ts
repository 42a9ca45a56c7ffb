import { afterAll, beforeAll } from "vitest";
import type { App } from "arpeggio";
import { controlRules } from "./control-rules.suite.ts";
import { dataRules } from "./data-rules.suite.ts";
import { failureRules } from "./failure-rules.suite.ts";
import { shapeRules } from "./shape-rules.suite.ts";

/** The rules of a canvas, one test or more a rule; `open` gives an app with client, coordinator and worker. */
export function semanticsSuite(open: () => Promise<App>): void {
  let app: App;
  beforeAll(async () => {
    app = await open();
  });
  afterAll(() => app.close());

  shapeRules(() => app);
  dataRules(() => app);
  failureRules(() => app);
  controlRules(() => app);
}
