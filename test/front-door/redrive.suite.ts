import { afterAll, beforeAll, expect, test } from "vitest";
import { any, chain, ge, group, loop, map, mapSettled, size, task, workflow } from "arpeggio";
import type { AnyCanvas, App, RunHandle } from "arpeggio";

const calls: string[] = [];
/** What the tasks below refuse to do. */
const refused = new Set<string>();

function noted(name: string, value: string): void {
  calls.push(`${name} ${value}`);
  if (refused.has(`${name} ${value}`)) throw new TypeError(`${name} cannot do ${value}`);
}

const fetchPage = task("fetch", (url: string) => {
  noted("fetch", url);
  return { url, body: "x".repeat(url.startsWith("large") ? 300_000 : 10) };
});
const measure = task("measure", (page: { url: string; body: string }) => {
  noted("measure", page.url);
  return page.body.length;
});
const title = task("title", (page: { url: string; body: string }) => {
  noted("title", page.url);
  return `<${page.url}>`;
});
const publish = task("publish", (parts: readonly unknown[]) => {
  noted("publish", String(parts[1]));
  return parts;
});
const page = workflow("page", chain(fetchPage, group([measure, title]), publish));
const split = task("split", (text: string) => {
  noted("split", text);
  return text.split("");
});
const upper = task("upper", (letter: string) => {
  noted("upper", letter);
  return letter.toUpperCase();
});

async function codeOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    (value) => expect.fail(`no error, but ${JSON.stringify(value)}`),
    (error: Error & { code: string }) => error.code,
  );
}

/** Going on with runs that failed, on an app that has all three roles. */
export function redriveSuite(open: () => Promise<App>): void {
  let app: App;
  beforeAll(async () => {
    app = await open();
  });
  afterAll(() => app.close());

  async function failedRun(input: string, refuses: string) {
    calls.length = 0;
    refused.add(refuses);
    const run = await app.run(page, input, { labels: { input } });
    expect(await codeOf(run.result())).toBe("RUN_FAILED");
    refused.clear();
    calls.length = 0;
    return run;
  }

  test.each(["small", "large"])("what succeeded is not done again (%s values)", async (input) => {
    const run = await failedRun(input, `publish <${input}>`);
    const plan = await app.planRedrive(run.id);
    expect(plan).toMatchObject({ run: run.id, workflow: "page", isComplete: true, new: [], gone: [] });
    expect(plan.rerun).toContain("publish");
    expect(plan.kept).toContain("title");
    expect(calls).toEqual([]);
    const again = await plan.start();
    expect(await again.result()).toEqual([input === "large" ? 300_000 : 10, `<${input}>`]);
    expect(calls).toEqual([`publish <${input}>`]);
    expect((await run.status()).state).toBe("failed");
    expect(again.id).not.toBe(run.id);
    expect((await again.status()).labels).toEqual({ input });
  });

  test("from runs a node, and all after it, again", async () => {
    const run = await failedRun("from", "publish <from>");
    const again = await app.redrive(run.id, { from: "fetch", id: "redriven-from" });
    expect(again.id).toBe("redriven-from");
    await again.result();
    expect(calls.toSorted()).toEqual(["fetch from", "measure from", "publish <from>", "title from"]);
    expect(await codeOf(app.planRedrive(run.id, { from: "fetsh" }))).toBe("NODE_NOT_FOUND");
  });

  test("a new version of the workflow goes on where the old one failed", async () => {
    const run = await failedRun("version", "publish <version>");
    const announce = task("announce", (parts: readonly unknown[]) => `news: ${String(parts[1])}`);
    const after = workflow("page", chain(fetchPage, group([measure, title]), announce));
    const plan = await app.planRedrive<string>(run.id, { workflow: after });
    expect(plan).toMatchObject({ new: ["announce"], gone: ["publish"] });
    expect(await (await plan.start()).result()).toBe("news: <version>");
    expect(calls).toEqual([]);
  });

  test("items of a map that succeeded are kept", async () => {
    refused.add("upper c");
    const run = await app.run(chain(split, map(upper)), "abcd");
    expect(await codeOf(run.result())).toBe("RUN_FAILED");
    refused.clear();
    const plan = await app.planRedrive<string[]>(run.id);
    const kept = plan.kept.filter((path) => path.startsWith("map["));
    calls.length = 0;
    expect(await (await plan.start()).result()).toEqual(["A", "B", "C", "D"]);
    expect(calls).toContain("upper c");
    expect(calls.length).toBe(4 - kept.length);
  });

  test("a redriven run that fails again can be redriven again", async () => {
    const run = await failedRun("twice", "publish <twice>");
    refused.add("publish <twice>");
    const second = await app.redrive(run.id);
    expect(await codeOf(second.result())).toBe("RUN_FAILED");
    refused.clear();
    calls.length = 0;
    expect(await (await app.redrive(second.id)).result()).toEqual([10, "<twice>"]);
    expect(calls).toEqual(["publish <twice>"]);
  });

  test("many runs are redriven at once", async () => {
    const runs = [await failedRun("m1", "publish <m1>"), await failedRun("m2", "title m2")];
    const outcome = await app.runs.redrive({ workflow: "page", label: { input: "m2" } });
    expect(outcome).toMatchObject({ done: [{ id: runs[1]?.id }], failed: [], isWhole: true });
    expect(await app.attach(outcome.done[0]?.redrivenAs ?? "").result()).toEqual([10, "<m2>"]);
  });

  /** A run that has succeeded; from here on, calls are counted. */
  async function doneRun(canvas: AnyCanvas, input: unknown): Promise<RunHandle<unknown>> {
    const run = await app.run(canvas as typeof upper, input as string);
    await run.result();
    calls.length = 0;
    return run;
  }

  test.each(["small", "large"])("a run that succeeded runs again from a node on (%s values)", async (input) => {
    const run = await doneRun(page, input);
    const plan = await app.planRedrive(run.id, { from: "title" });
    expect(plan).toMatchObject({ run: run.id, workflow: "page", isComplete: true, new: [], gone: [] });
    expect(plan.kept.toSorted()).toEqual(["fetch", "measure"]);
    expect(plan.rerun.toSorted()).toEqual(["publish", "title"]);
    expect(calls).toEqual([]);
    const again = await plan.start();
    expect(await again.result()).toEqual([input === "large" ? 300_000 : 10, `<${input}>`]);
    expect(calls).toEqual([`title ${input}`, `publish <${input}>`]);
    expect(await run.status()).toMatchObject({ state: "succeeded" });
    expect(await again.status()).toMatchObject({ state: "succeeded", redriveOf: run.id });
    // And that one again: what it took over is told of it, too.
    calls.length = 0;
    expect(await again.node("measure").result()).toBe(input === "large" ? 300_000 : 10);
    const third = await app.redrive(again.id, { from: "publish" });
    await third.result();
    expect(calls).toEqual([`publish <${input}>`]);
  });

  test("a run that succeeded goes on with another version of its workflow", async () => {
    const run = await doneRun(page, "newer");
    const proclaim = task("proclaim", (parts: readonly unknown[]) => `news: ${String(parts[1])}`);
    const after = workflow("page", chain(fetchPage, group([measure, title]), proclaim));
    const plan = await app.planRedrive<string>(run.id, { workflow: after });
    expect(plan).toMatchObject({ new: ["proclaim"], gone: ["publish"], rerun: [] });
    expect(await (await plan.start()).result()).toBe("news: <newer>");
    expect(calls).toEqual([]);
    expect(await codeOf(app.planRedrive(run.id, { workflow: page }))).toBe("REDRIVE_NOTHING_TO_DO");
  });

  test("from inside of a map, a scope or a loop, only what comes after it runs again", async () => {
    const exclaim = task("exclaim", (letter: string) => {
      noted("exclaim", letter);
      return `${letter}!`;
    });
    const joined = task("joined", (letters: readonly string[]) => letters.join(""));
    const part = workflow("part", chain(split, map(chain(upper, exclaim)), joined));
    const longer = task("longer", (text: string) => {
      noted("longer", text);
      return `${text}.`;
    });
    const canvas = chain(part.named("all"), loop(longer, { until: (text) => ge(size(text), 9), max: 5 }));
    const run = await doneRun(canvas, "abc");
    expect(await run.result()).toBe("A!B!C!...");

    const inItem = await app.planRedrive(run.id, { from: "all/map[1]/exclaim" });
    expect(inItem.kept).toEqual(["all/split", "all/map[0]", "all/map[1]/upper", "all/map[2]"]);
    expect(await (await inItem.start()).result()).toBe("A!B!C!...");
    expect(calls.toSorted()).toEqual(["exclaim B", "longer A!B!C!", "longer A!B!C!.", "longer A!B!C!.."]);

    calls.length = 0;
    expect(await (await app.redrive(run.id, { from: "loop[1]/longer" })).result()).toBe("A!B!C!...");
    expect(calls).toEqual(["longer A!B!C!.", "longer A!B!C!.."]);

    calls.length = 0;
    await (await app.redrive(run.id, { from: "all/map[2]" })).result();
    expect(calls.filter((call) => !call.startsWith("longer")).toSorted()).toEqual(["exclaim C", "upper c"]);
  });

  test("an item that failed and was dealt with is made good from there", async () => {
    refused.add("upper b");
    const run = await doneRun(chain(split, mapSettled(upper)), "abc");
    expect(await run.result()).toMatchObject([{ value: "A" }, { ok: false }, { value: "C" }]);
    refused.clear();
    const again = await app.redrive(run.id, { from: "map[1]/upper" });
    expect(await again.result()).toEqual(["A", "B", "C"].map((value) => ({ ok: true, value })));
    expect(calls).toEqual(["upper b"]);
  });

  test("a race that was decided is run again as a whole", async () => {
    const run = await doneRun(chain(any([upper, title as never]), upper), "x");
    calls.length = 0;
    await (await app.redrive(run.id, { from: "any[0]/upper" })).result();
    expect(calls).toContain("upper x");
  });

  test("a failed run can go back to before what it failed at", async () => {
    const run = await failedRun("back", "publish <back>");
    const again = await app.redrive(run.id, { from: "measure" });
    expect(await again.result()).toEqual([10, "<back>"]);
    // What the failed run had let go by then is had from the log.
    expect(calls.toSorted()).toEqual(["measure back", "publish <back>"]);
  });

  test("many runs that succeeded run again from a node on", async () => {
    const named = workflow("page", chain(fetchPage, group([measure, title]), publish));
    const run = await app.run(named, "again", { labels: { input: "again" } });
    await run.result();
    calls.length = 0;
    const filter = { workflow: "page", label: { input: "again" }, state: "succeeded" } as const;
    const { done, failed } = await app.runs.redrive(filter, { from: "publish" });
    expect(failed).toEqual([]);
    expect(done).toMatchObject([{ id: run.id }]);
    await app.attach(done[0]?.redrivenAs ?? "").result();
    expect(calls).toEqual(["publish <again>"]);
    expect(await codeOf(app.runs.redrive(filter))).toBe("OPTION_INVALID");
  });

  test("what cannot be redriven is refused", async () => {
    const run = await app.run(page, "fine");
    await run.result();
    expect(await codeOf(app.redrive(run.id))).toBe("REDRIVE_NOTHING_TO_DO");
    expect(await codeOf(app.redrive(run.id, { from: "titel" }))).toBe("NODE_NOT_FOUND");
    expect(await codeOf(app.redrive(run.id, { from: "fetch[1]/title" }))).toBe("NODE_NOT_FOUND");
    expect(await codeOf(app.redrive(run.id, { from: "" }))).toBe("NODE_NOT_FOUND");
    expect(await codeOf(app.redrive(run.id, { to: "title" } as never))).toBe("OPTION_INVALID");
    expect(await codeOf(app.redrive("a.b"))).toBe("NAME_INVALID");
    const endless = task("endless", (_: unknown, { signal }) => {
      return new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason as Error)));
    });
    const open = await app.run(endless, 1);
    expect(await codeOf(app.redrive(open.id))).toBe("RUN_NOT_ENDED");
    await open.cancel();
    expect(await codeOf(app.redrive("never-was"))).toBe("RUN_NOT_FOUND");
  });
}
