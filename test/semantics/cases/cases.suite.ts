import type { App } from "arpeggio";
import { afterAll, beforeAll } from "vitest";
import { chainCases } from "./chains.suite.ts";
import { choiceCases } from "./choices.suite.ts";
import { controlCases } from "./control.suite.ts";
import { groupCases } from "./groups.suite.ts";
import { growingCases } from "./growing.suite.ts";
import { handlerCases } from "./handlers.suite.ts";
import { joinCases } from "./joins.suite.ts";
import { runCases } from "./runs.suite.ts";
import { timeCases } from "./time.suite.ts";
import { valueCases } from "./values.suite.ts";

/** All cases that need an app, with one app for all of them; each begins with the case's id. */
export function caseSuite(open: () => Promise<App>): void {
  let app: App;
  beforeAll(async () => {
    app = await open();
  });
  afterAll(() => app.close());
  for (const cases of [
    chainCases,
    groupCases,
    joinCases,
    valueCases,
    runCases,
    handlerCases,
    growingCases,
    timeCases,
    controlCases,
    choiceCases,
  ])
    cases(() => app);
}
