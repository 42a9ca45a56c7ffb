import { afterAll, beforeAll, expect, test } from "vitest";
import { chain, group, map, task, workflow, type App } from "arpeggio";

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

  test("what cannot be redriven is refused", async () => {
    const run = await app.run(page, "fine");
    await run.result();
    expect(await codeOf(app.redrive(run.id))).toBe("REDRIVE_NOTHING_TO_DO");
    expect(await codeOf(app.redrive(run.id, { from: "title" }))).toBe("REDRIVE_NOT_POSSIBLE");
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
