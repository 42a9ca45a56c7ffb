/**
 * Runs the tests and ends with the line "N passed, N failed".
 *
 *   pnpm test                    everything, with a real nats-server; nothing may be skipped
 *   pnpm test packages/core      what vitest finds by these arguments
 */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { ensureNatsServers } from "./nats-server.mjs";

const root = dirname(import.meta.dirname);
const folder = mkdtempSync(join(tmpdir(), "arpeggio-test-"));
const countsFile = join(folder, "counts.json");

try {
  process.exitCode = await main(process.argv.slice(2));
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function main(args) {
  const isWhole = args.length === 0;
  if (!(await haveNatsServers()) && isWhole) {
    console.log("0 passed, 1 failed");
    return 1;
  }
  const code = await runVitest(args);
  const counts = readCounts();
  const problems = isWhole ? problemsOfWholeRun(counts) : [];
  for (const problem of problems) console.error(problem);
  const failed = counts.failed + problems.length;
  // A run that broke before it could count must not end in "0 failed".
  const isUncounted = code !== 0 && failed === 0;
  console.log(`${counts.passed} passed, ${isUncounted ? 1 : failed} failed`);
  return failed === 0 ? code : 1;
}

/** Without a server the suites that need one fail by themselves; a filtered run may not contain any. */
async function haveNatsServers() {
  try {
    const servers = await ensureNatsServers({ log: (line) => console.error(line) });
    console.log(`nats-server ${servers.map((server) => server.version).join(", ")}`);
    return true;
  } catch (error) {
    console.error(error.message);
    return false;
  }
}

function problemsOfWholeRun(counts) {
  const problems = [];
  if (counts.natsPassed === 0) problems.push("No test against a real nats-server has passed: is a file missing?");
  if (counts.skipped > 0) problems.push(`${counts.skipped} tests did not run: nothing may be skipped here.`);
  return problems;
}

function readCounts() {
  try {
    return JSON.parse(readFileSync(countsFile, "utf8"));
  } catch {
    return { passed: 0, failed: 0, skipped: 0, natsPassed: 0 };
  }
}

function runVitest(args) {
  const vitest = join(root, "node_modules", "vitest", "vitest.mjs");
  const reporters = ["--reporter=default", `--reporter=${join(import.meta.dirname, "count-reporter.mjs")}`];
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [vitest, "run", ...reporters, ...args], {
      cwd: root,
      env: { ...process.env, ARPEGGIO_TEST_COUNTS: countsFile },
      stdio: "inherit",
    });
    child.on("error", reject);
    child.on("close", (code) => resolve(code ?? 1));
  });
}
