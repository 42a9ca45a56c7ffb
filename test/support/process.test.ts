import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startNode, startProcess } from "./process.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "arpeggio-process-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

function script(name: string, code: string): string {
  const path = join(folder, name);
  writeFileSync(path, code);
  return path;
}

test("waits for a line, and sees lines of the past", async () => {
  const path = script("ready.mjs", `console.log("ready on 42"); setInterval(() => {}, 1000);`);
  await using child = startNode(path);
  expect((await child.waitFor(/ready on (\d+)/))[1]).toBe("42");
  expect((await child.waitFor(/ready on (\d+)/))[1]).toBe("42");
});

test("a wait for a process that ends says what it wrote", async () => {
  const child = startNode(script("fails.mjs", `console.error("no disk"); process.exit(3);`));
  await expect(child.waitFor(/ready/)).rejects.toThrow(/ended with code 3:\nno disk/);
  expect(await child.ended).toEqual({ code: 3, signal: null });
});

test("messages go both ways", async () => {
  const path = script("echo.mjs", `process.on("message", (message) => process.send({ echo: message }));`);
  await using child = startNode(path, [], { ipc: true });
  child.send("hello");
  expect(await child.message()).toEqual({ echo: "hello" });
});

test("kill is SIGKILL by default", async () => {
  const path = script("deaf.mjs", `process.on("SIGTERM", () => {}); console.log("up"); setInterval(() => {}, 1000);`);
  const child = startNode(path);
  await child.waitFor(/up/);
  expect(await child.kill()).toEqual({ code: null, signal: "SIGKILL" });
});

test("a program that is not there is an error at once", () => {
  expect(() => startProcess(join(folder, "nothing"), [])).toThrow(/cannot start .*nothing/);
});

test("what a killed test process leaves behind is ended", async () => {
  const grandchild = script("grandchild.mjs", `setInterval(() => {}, 1000);`);
  const guard = new URL("guard.mjs", import.meta.url).pathname;
  // A stand-in for a test process: starts a process under a guard of its own, then waits to be killed.
  const child = startNode(
    script(
      "runner.mjs",
      `import { spawn } from "node:child_process";
       const guard = spawn(process.execPath, [${JSON.stringify(guard)}], { detached: true, stdio: ["pipe", "inherit", "inherit"] });
       const leftover = spawn(process.execPath, [${JSON.stringify(grandchild)}], { stdio: ["ignore", "inherit", "inherit"] });
       guard.stdin.write("+ pid " + leftover.pid + "\\n", () => console.log("guarded"));`,
    ),
  );
  await child.waitFor(/guarded/);
  // The grandchild holds the output pipes open, so this resolves only once the guard has ended it.
  expect(await child.kill()).toEqual({ code: null, signal: "SIGKILL" });
});
