import { startNode, type RunningProcess } from "../support/process.ts";

/** A process that comes back by itself whenever it is killed. */
export class Phoenix {
  readonly name: string;
  kills = 0;
  #process: RunningProcess;
  readonly #start: (name: string) => RunningProcess;
  #ended = false;
  #output = "";

  constructor(name: string, script: string, args: readonly string[], env: Record<string, string> = {}) {
    this.name = name;
    this.#start = (own) => startNode(script, [args[0] ?? "", own, ...args.slice(1)], { env });
    this.#process = this.#rise();
  }

  ready(): Promise<unknown> {
    return this.#process.waitFor(/^ready$/m);
  }

  /** SIGKILL, and a new process under the same name. */
  async kill(): Promise<void> {
    this.kills++;
    const dying = this.#process;
    await dying.kill("SIGKILL");
    this.#output += dying.output;
    if (!this.#ended) this.#process = this.#rise();
  }

  async end(): Promise<void> {
    this.#ended = true;
    this.#output += this.#process.output;
    await this.#process.kill("SIGKILL");
  }

  /** All that it has said, in all its lives. */
  get output(): string {
    return this.#output + this.#process.output;
  }

  #rise(): RunningProcess {
    return this.#start(this.name);
  }
}
