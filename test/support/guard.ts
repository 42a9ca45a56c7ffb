import { spawn, type ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";

let guard: ChildProcess | undefined;

/**
 * Has process `pid` killed if this test process ends before {@link releaseProcess} is called for it.
 *
 * An exit hook would not do: the test runner may be killed, and then no hook runs.
 */
export function guardProcess(pid: number): void {
  tell(`+ pid ${pid}`);
}

/** The process has ended: its id may soon belong to another one, so the guard must forget it. */
export function releaseProcess(pid: number): void {
  tell(`- pid ${pid}`);
}

/** Has `folder` deleted if this test process ends before {@link releaseFolder} is called for it. */
export function guardFolder(folder: string): void {
  tell(`+ folder ${folder}`);
}

/** The folder is deleted, or somebody else's again. */
export function releaseFolder(folder: string): void {
  tell(`- folder ${folder}`);
}

function tell(order: string): void {
  guard ??= startGuard();
  guard.stdin?.write(`${order}\n`);
}

function startGuard(): ChildProcess {
  // Detached: Ctrl-C reaches the whole process group, and the guard has to outlive the test process in it.
  const child = spawn(process.execPath, [fileURLToPath(new URL("guard.mjs", import.meta.url))], {
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
  child.unref();
  // The pipe must not keep the test process alive either; a pipe of a child process is a socket.
  (child.stdin as unknown as { unref(): void }).unref();
  return child;
}
