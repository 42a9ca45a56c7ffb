/**
 * Ends processes and deletes folders once the test process is gone, however it went: a clean exit, a crash, SIGKILL.
 *
 * Reads one line an order from standard input: `+ pid 123`, `- pid 123`, `+ folder /tmp/x`, `- folder /tmp/x`.
 * The end of the input is the end of the test process; what is still listed then is ended and deleted.
 */
import { rmSync } from "node:fs";
import { createInterface } from "node:readline";

const pids = new Set();
const folders = new Set();

const lines = createInterface({ input: process.stdin });
lines.on("line", (line) => {
  const match = /^([+-]) (pid|folder) (.+)$/.exec(line);
  if (match === null) return;
  const [, sign, kind, value] = match;
  const set = kind === "pid" ? pids : folders;
  if (sign === "+") set.add(value);
  else set.delete(value);
});
lines.on("close", () => {
  for (const pid of pids) {
    try {
      process.kill(Number(pid), "SIGKILL");
    } catch {
      // It has ended by itself.
    }
  }
  // A killed process may hold its files for a moment longer; the retries of rmSync cover that.
  for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
});
