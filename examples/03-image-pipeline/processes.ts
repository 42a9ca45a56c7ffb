import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";

export type ProcessRole = "coordinator" | "worker";

const RESTARTS_MAX = 5;

/**
 * A coordinator or a worker in a process of its own, which is started again when it dies. Kill one to see that its run goes
 * on: `kill -9 <pid>`.
 */
export class RoleProcess {
  readonly #role: ProcessRole;
  readonly #servers: string;
  readonly #note: (text: string) => void;
  #child: ChildProcess | undefined;
  #ended: Promise<void> = Promise.resolve();
  #restarts = 0;
  #isStopping = false;

  /** `note` is told what becomes of the process. */
  constructor(role: ProcessRole, servers: string, note: (text: string) => void) {
    this.#role = role;
    this.#servers = servers;
    this.#note = note;
  }

  /** Resolves when the process is ready to work. */
  async start(): Promise<void> {
    const here = fileURLToPath(import.meta.url);
    const program = fileURLToPath(new URL(`./role-process${extname(here)}`, import.meta.url));
    const child = fork(program, [this.#role, this.#servers], {
      stdio: ["ignore", "inherit", "inherit", "ipc"],
      // Otherwise Ctrl+C would end it together with this process, which still needs it to cancel the run.
      detached: true,
    });
    this.#child = child;
    this.#ended = new Promise((resolve) => child.once("exit", () => resolve()));
    await readiness(child, this.#role);
    this.#note(`the ${this.#role} is process ${child.pid}`);
    child.once("exit", (code, signal) => this.#onEnd(String(signal ?? code)));
  }

  /** Asks it to finish what it has in hand, and waits until it has ended. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#child?.kill("SIGTERM");
    await this.#ended;
  }

  #onEnd(how: string): void {
    if (this.#isStopping) return;
    if (this.#restarts >= RESTARTS_MAX) {
      this.#note(`the ${this.#role} ended (${how}) once too often; the run waits for another one`);
      return;
    }
    this.#restarts += 1;
    this.#note(`the ${this.#role} ended (${how}); starting another`);
    this.start().catch((error: unknown) => this.#note(String(error)));
  }
}

function readiness(child: ChildProcess, role: string): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once("message", () => resolve());
    child.once("error", reject);
    child.once("exit", (code, signal) =>
      reject(new Error(`the ${role} ended (${signal ?? code}) before it was ready`)),
    );
  });
}
