import { startNode, type RunningProcess } from "../support/process.ts";

/** As a supervisor would wait, in milliseconds. */
const AGAIN_MS = 100;

/**
 * A process that comes back by itself whenever it is killed, and when it finds no server at its start: one that is killed in
 * the same moment as the server may come back sooner than that.
 */
export class Phoenix {
  readonly name: string;
  /** Processes that there have been under this name. */
  lives = 0;
  /** What it said when it ended although nobody had killed it, and a server was there. */
  readonly surprises: string[] = [];
  #process: RunningProcess;
  #isUp = false;
  readonly #start: (name: string) => RunningProcess;
  #again: NodeJS.Timeout | undefined;
  #ended = false;
  #output = "";

  constructor(name: string, script: string, args: readonly string[], env: Record<string, string> = {}) {
    this.name = name;
    this.#start = (own) => startNode(script, [args[0] ?? "", own, ...args.slice(1)], { env });
    this.#process = this.#rise();
  }

  get isUp(): boolean {
    return this.#isUp;
  }

  /** Of the last process. */
  get pid(): number {
    return this.#process.pid;
  }

  ready(): Promise<unknown> {
    return this.#process.waitFor(/^ready$/m);
  }

  /** SIGKILL, and a new process under the same name. */
  async kill(): Promise<void> {
    await this.#kill();
    if (!this.#ended) this.#riseAgain();
  }

  async end(): Promise<void> {
    this.#ended = true;
    await this.#kill();
  }

  /** All that it has said, in all its lives. */
  get output(): string {
    return this.#output + this.#process.output;
  }

  async #kill(): Promise<void> {
    this.#isUp = false;
    clearTimeout(this.#again);
    await this.#process.kill("SIGKILL");
  }

  #riseAgain(): void {
    this.#output += this.#process.output;
    this.#process = this.#rise();
  }

  #rise(): RunningProcess {
    const rising = this.#start(this.name);
    this.lives++;
    this.#isUp = true;
    void rising.ended.then(() => {
      if (this.#process !== rising || !this.#isUp) return;
      this.#isUp = false;
      if (!rising.output.includes("SERVER_UNREACHABLE")) this.surprises.push(`${this.name}: ${rising.output}`);
      this.#again = setTimeout(() => this.#riseAgain(), AGAIN_MS);
    });
    return rising;
  }
}
