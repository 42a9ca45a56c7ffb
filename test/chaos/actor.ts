import { constants, setPriority } from "node:os";
import { startProcess } from "../support/process.ts";
import type { RunningProcess } from "../support/process.ts";
import type { LinkedPlace, Place } from "./network.ts";

export interface ActorOptions {
  readonly name: string;
  readonly place: Place | LinkedPlace;
  readonly command: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** What it writes once it works. */
  readonly ready: RegExp;
  readonly ipc: boolean;
  /** Told when it ends although nobody has ended it. */
  readonly onSurprise: (what: string) => void;
}

/** One life of a process. */
export interface Life {
  readonly pid: number;
  readonly fromMs: number;
}

/** How long a process that is told to stop may take, in milliseconds. */
const STOP_MS_MAX = 20_000;
const READY_MS_MAX = 60_000;
const AGAIN_MS = 300;

/** A process that is started again whenever it ends, as a supervisor would do it. */
export class Actor {
  readonly name: string;
  readonly lives: Life[] = [];
  /** Starts that came to nothing, as there was no server to be reached. */
  vainStarts = 0;
  readonly #options: ActorOptions;
  #process: RunningProcess | undefined;
  #ready: Promise<void> = Promise.resolve();
  #isMeantToRun = false;
  #output = "";

  constructor(options: ActorOptions) {
    this.name = options.name;
    this.#options = options;
  }

  /** Whether it works again. A server that is away keeps others from it. */
  get ready(): Promise<void> {
    return this.#ready;
  }

  get output(): string {
    return this.#output + (this.#process?.output ?? "");
  }

  start(): void {
    this.#isMeantToRun = true;
    this.#ready = this.#rise();
    this.#ready.catch(() => {}); // whoever waits for it hears of it
  }

  async kill(): Promise<void> {
    this.#isMeantToRun = false;
    await this.#end("SIGKILL");
  }

  /** SIGTERM; false if it had to be killed. */
  async stop(): Promise<boolean> {
    this.#isMeantToRun = false;
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      void this.#process?.kill("SIGKILL");
    }, STOP_MS_MAX);
    await this.#end("SIGTERM");
    clearTimeout(timer);
    return !isLate;
  }

  freeze(): void {
    this.#signal("SIGSTOP");
  }

  thaw(): void {
    this.#signal("SIGCONT");
  }

  setLink(isUp: boolean): void {
    const { place } = this.#options;
    if ("setLink" in place) place.setLink(isUp);
  }

  /** What it says of itself. */
  ask<T>(): Promise<T> {
    const running = this.#process;
    if (running === undefined) throw new Error(`${this.name} does not run`);
    running.send("stats");
    return running.message<T>();
  }

  async #rise(): Promise<void> {
    const { place, command, env = {}, ipc, ready } = this.#options;
    const [program = "", ...args] = [...place.command, ...command];
    for (;;) {
      if (!this.#isMeantToRun) return;
      const rising = startProcess(program, args, { env, ipc });
      setPriority(rising.pid, constants.priority.PRIORITY_BELOW_NORMAL);
      this.#process = rising;
      this.lives.push({ pid: rising.pid, fromMs: Date.now() });
      let isReady = false;
      void rising.ended.then(({ code, signal }) => {
        if (this.#process !== rising) return;
        this.#keepOutput(rising);
        if (!isReady || !this.#isMeantToRun) return;
        this.#options.onSurprise(
          `${this.name} ended by itself (${signal ?? `code ${code}`}): ${lastOf(rising.output)}`,
        );
        this.start();
      });
      try {
        await rising.waitFor(ready, READY_MS_MAX);
        isReady = true;
        return;
      } catch (error) {
        if (!this.#isMeantToRun) return;
        // Frozen or cut off for long, or no server was there.
        await rising.kill("SIGKILL");
        this.vainStarts++;
        if (this.vainStarts > 200) throw error;
        await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
      }
    }
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const ending = this.#process;
    await ending?.kill(signal);
    await this.#ready.catch(() => {});
  }

  #keepOutput(ended: RunningProcess): void {
    this.#output += ended.output;
    this.#process = undefined;
  }

  #signal(signal: NodeJS.Signals): void {
    const pid = this.#process?.pid;
    if (pid !== undefined) process.kill(pid, signal);
  }
}

/** Enough to see what it was; the whole is kept beside the other logs. */
function lastOf(output: string): string {
  return output.trim().split("\n").slice(-12, -1).join(" / ").slice(0, 600);
}
