import { spawn, type ChildProcess, type StdioOptions } from "node:child_process";
import { guardProcess, releaseProcess } from "./guard.ts";

export interface ProcessOptions {
  /** Added to the environment of the test process; `undefined` takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** Whether to open a message channel, for {@link RunningProcess.send} and {@link RunningProcess.message}. */
  readonly ipc?: boolean;
}

export interface ProcessEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A process started by a test. It never outlives the test process. */
export interface RunningProcess {
  readonly pid: number;
  /** What it has written to standard output so far. */
  readonly stdout: string;
  /** What it has written to standard error so far. */
  readonly stderr: string;
  /** Both outputs in the order they came. */
  readonly output: string;
  /** Resolves when the process has ended and all its output has been read. */
  readonly ended: Promise<ProcessEnd>;
  /**
   * Resolves with the first match of `pattern` in {@link output}, also in output of the past.
   *
   * @throws when the process ends first, or after `timeoutMs` (default `15_000`); the message holds the output.
   */
  waitFor(pattern: RegExp, timeoutMs?: number): Promise<RegExpExecArray>;
  /** Resolves with the next message of the process that `accept` takes; by default with any. Needs `ipc`. */
  message<T = unknown>(accept?: (message: unknown) => boolean, timeoutMs?: number): Promise<T>;
  /** Sends a message to the process. Needs `ipc`. */
  send(message: unknown): void;
  /** Sends a signal, SIGKILL by default, and waits for the end of the process. */
  kill(signal?: NodeJS.Signals): Promise<ProcessEnd>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Milliseconds a wait lasts at most when the test does not say. */
const waitMsMax = 15_000;

/** Runs a script with the Node of the test process. On Node 20 that has to be JavaScript: take the one in `dist`. */
export function startNode(script: string, args: readonly string[] = [], options: ProcessOptions = {}): RunningProcess {
  return startProcess(process.execPath, [script, ...args], options);
}

/** Runs a program. Returns at once: wait for what it says ({@link RunningProcess.waitFor}) before relying on it. */
export function startProcess(command: string, args: readonly string[], options: ProcessOptions = {}): RunningProcess {
  const stdio: StdioOptions = options.ipc === true ? ["ignore", "pipe", "pipe", "ipc"] : ["ignore", "pipe", "pipe"];
  const child = spawn(command, args, {
    env: { ...process.env, ...options.env },
    stdio,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  if (child.pid === undefined) {
    // The "error" event says why, one turn later; without a listener it would end the test process instead.
    child.on("error", () => {});
    throw new Error(`cannot start ${command}: is it there, and executable?`);
  }
  return new StartedProcess(command, child, child.pid);
}

class StartedProcess implements RunningProcess {
  stdout = "";
  stderr = "";
  output = "";
  readonly pid: number;
  readonly ended: Promise<ProcessEnd>;
  readonly #command: string;
  readonly #child: ChildProcess;
  readonly #messages: unknown[] = [];
  readonly #waits = new Set<() => void>();
  #end: ProcessEnd | undefined;

  constructor(command: string, child: ChildProcess, pid: number) {
    this.#command = command;
    this.#child = child;
    this.pid = pid;
    guardProcess(pid);
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      this.stdout += text;
      this.#heard(text);
    });
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.stderr += text;
      this.#heard(text);
    });
    child.on("message", (message) => {
      this.#messages.push(message);
      this.#wake();
    });
    child.on("exit", () => releaseProcess(pid));
    this.ended = new Promise((resolve) => {
      child.on("close", (code, signal) => {
        this.#end = { code, signal };
        this.#wake();
        resolve(this.#end);
      });
    });
  }

  waitFor(pattern: RegExp, timeoutMs = waitMsMax): Promise<RegExpExecArray> {
    return this.#wait(`output that matches ${pattern}`, timeoutMs, () => pattern.exec(this.output) ?? undefined);
  }

  message<T>(accept: (message: unknown) => boolean = () => true, timeoutMs = waitMsMax): Promise<T> {
    const found = () => {
      const index = this.#messages.findIndex(accept);
      return index === -1 ? undefined : { value: this.#messages.splice(index, 1)[0] as T };
    };
    return this.#wait("a message", timeoutMs, found).then(({ value }) => value);
  }

  send(message: unknown): void {
    if (!this.#child.connected) throw new Error(`${this.#command} (pid ${this.pid}) has no open message channel`);
    this.#child.send(message as object);
  }

  async kill(signal: NodeJS.Signals = "SIGKILL"): Promise<ProcessEnd> {
    // Through the child object, which knows that it has ended; the bare id might be another process by then.
    this.#child.kill(signal);
    return this.ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }

  #heard(text: string): void {
    this.output += text;
    this.#wake();
  }

  #wake(): void {
    for (const look of this.#waits) look();
  }

  /** Calls `find` now and after everything that happens to the process, until it returns something. */
  #wait<T>(what: string, timeoutMs: number, find: () => T | undefined): Promise<T> {
    return new Promise((resolve, reject) => {
      const finish = (settle: () => void) => {
        clearTimeout(timer);
        this.#waits.delete(look);
        settle();
      };
      const fail = (why: string) => {
        const output = this.output === "" ? "(it wrote nothing)" : this.output;
        const message = `waited for ${what} of ${this.#command} (pid ${this.pid}), but ${why}:\n${output}`;
        finish(() => reject(new Error(message)));
      };
      const look = () => {
        const found = find();
        if (found !== undefined) finish(() => resolve(found));
        else if (this.#end !== undefined) fail(`it ended with ${this.#end.signal ?? `code ${this.#end.code}`}`);
      };
      const timer = setTimeout(() => fail(`${timeoutMs} ms went by`), timeoutMs);
      this.#waits.add(look);
      look();
    });
  }
}
