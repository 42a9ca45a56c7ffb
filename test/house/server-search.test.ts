import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { root } from "./source-files.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "arpeggio-search-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A stand-in that reports a version the way a server does. */
function fakeServer(name: string, version: string): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `#!/bin/sh\necho "nats-server: v${version}"\n`);
  chmodSync(path, 0o755);
  return path;
}

function search(args: readonly string[], env: Readonly<Record<string, string>>) {
  const options = { cwd: root, env: { ...process.env, ...env }, encoding: "utf8" } as const;
  const { status, stdout, stderr } = spawnSync(process.execPath, ["scripts/nats-server.mjs", ...args], options);
  return { status, stdout: stdout.trim(), stderr };
}

test("NATS_SERVER_BIN goes before everything", () => {
  const path = fakeServer("mine", "1.2.3");
  expect(search(["--all"], { NATS_SERVER_BIN: path })).toMatchObject({ status: 0, stdout: `1.2.3\t${path}` });
});

test("versions are compared as numbers", () => {
  const older = fakeServer(join("older", "nats-server"), "999.9.0");
  const newer = fakeServer(join("newer", "nats-server"), "999.10.0");
  const env = { PATH: [dirname(newer), dirname(older), process.env["PATH"]].join(":"), NATS_SERVER_BIN: "" };
  expect(search([], env)).toMatchObject({ status: 0, stdout: newer });
});

test("without a server, the message says how to get one", () => {
  const { status, stdout, stderr } = search([], { NATS_SERVER_BIN: join(folder, "nothing") });
  expect(status).toBe(1);
  expect(stdout).toBe("");
  expect(stderr).toMatch(/NATS_SERVER_BIN is .*nothing, which does not run/);
  expect(stderr).toMatch(/--install/);
});

test("an unknown option is refused", () => {
  expect(search(["--newest"], {})).toMatchObject({
    status: 1,
    stderr: expect.stringContaining("--oldest, --all, --install"),
  });
});
