/** The processes of one measurement: started by role, and none of them outlives it. */
import { spawn } from "node:child_process";
import { openSync, closeSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { cpuSecondsOf, peakMbOf } from "./process-stats.mjs";

/** Milliseconds a process may take to get ready, its warm-up included, and to end after SIGTERM. */
const readyMsMax = 120_000;
const stopMsMax = 5000;

const guardFile = fileURLToPath(new URL("../support/guard.mjs", import.meta.url));

/** @typedef {ReturnType<typeof createProcessGroup>} ProcessGroup */

/** @param {{ profileFolder?: string }} options with `profileFolder`, every Node process writes a CPU profile there */
export function createProcessGroup({ profileFolder } = {}) {
  const folder = mkdtempSync(join(tmpdir(), "arpeggio-bench-"));
  const guard = startGuard();
  const processes = [];
  guard.tell(`+ folder ${folder}`);

  /** Starts a program; its output goes to a file of the folder. */
  function startProgram(role, command, args, { env = {}, messages = false } = {}) {
    const name = `${role}-${processes.length}`;
    const log = join(folder, `${name}.log`);
    const output = openSync(log, "a");
    const child = spawn(command, args, {
      cwd: folder,
      env: { ...process.env, ...env },
      stdio: ["ignore", output, output, ...(messages ? ["ipc"] : [])],
    });
    closeSync(output);
    const ended = new Promise((resolve) => child.once("exit", resolve).once("error", resolve));
    const started = { role, name, log, child, ended, hasEnded: false };
    void ended.then(() => {
      started.hasEnded = true;
      guard.tell(`- pid ${child.pid}`);
    });
    guard.tell(`+ pid ${child.pid}`);
    processes.push(started);
    return started;
  }

  /** Starts a script of ours, and resolves when it has sent its first message, `{ kind: "ready" }`. */
  async function startNode(role, file, env = {}) {
    const profile = ["--cpu-prof", `--cpu-prof-dir=${profileFolder}`, `--cpu-prof-name=${role}.cpuprofile`];
    const args = [...(profileFolder === undefined ? [] : profile), fileURLToPath(file)];
    const started = startProgram(role, process.execPath, args, { env, messages: true });
    const message = await nextMessage(started, readyMsMax);
    if (message.kind !== "ready") throw new Error(`${role} did not get ready: ${message.error}`);
    return started;
  }

  /** Resolves with the next message of a process; rejects when it ends first, or after `timeoutMs`. */
  async function nextMessage(started, timeoutMs) {
    let timer;
    const received = new Promise((resolve) => started.child.once("message", resolve));
    const tooLate = new Promise((_, reject) => {
      const fail = () =>
        reject(new Error(`${started.role} said nothing within ${timeoutMs / 1000} s\n${tailOf(started)}`));
      timer = setTimeout(fail, timeoutMs);
    });
    const gone = started.ended.then(() => {
      throw new Error(`${started.role} has ended\n${tailOf(started)}`);
    });
    try {
      return await Promise.race([received, tooLate, gone]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Sums over the processes of each role, for example `{ client: 0.4, broker: 0.2 }`. */
  function byRole(valueOf) {
    const sums = {};
    for (const { role, child } of processes) sums[role] = (sums[role] ?? 0) + valueOf(child.pid);
    return sums;
  }

  async function stop(started) {
    if (!started.hasEnded) started.child.kill("SIGTERM");
    const timer = setTimeout(() => started.child.kill("SIGKILL"), stopMsMax);
    await started.ended;
    clearTimeout(timer);
  }

  return {
    folder,
    startProgram,
    startNode,
    nextMessage,
    tailOf,
    cpuSeconds: () => byRole(cpuSecondsOf),
    peakMb: () => byRole(peakMbOf),
    /** Ends everything, in the reverse of the order in which it was started, and deletes the folder. */
    async close() {
      for (const started of [...processes].reverse()) await stop(started);
      rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
      guard.close();
    },
  };
}

/** The end of what a process has written. */
function tailOf({ log }) {
  return readFileSync(log, "utf8").slice(-1500);
}

/** Ends the processes and deletes the folder if this process is killed before it can do so itself. */
function startGuard() {
  // Detached: Ctrl-C reaches the whole process group, and the guard has to outlive this process in it.
  const child = spawn(process.execPath, [guardFile], { detached: true, stdio: ["pipe", "ignore", "ignore"] });
  return {
    tell: (order) => child.stdin.write(`${order}\n`),
    close: () => child.stdin.end(),
  };
}
