import { compile, issuesText, KnownGraphs, validateInput } from "@arpeggio/core";
import type { AnyCanvas, CompiledWorkflow, HandlerReply, Transport } from "@arpeggio/core";
import type { Logger } from "./logger.ts";
import { untilDone } from "./patient-blobs.ts";
import { ReplacementInvalidError } from "./worker-errors.ts";

/** Graphs that are known to be stored. */
const GRAPHS_MAX = 1_000;

/** What {@link HandlerReply} is for `ctx.replaceWith`. */
export type Replacement = Extract<HandlerReply, { kind: "replacement" }>;

/** Makes what handlers give to `ctx.replaceWith` ready to run: the graph stored, its tasks known to this worker. */
export class Replacements {
  readonly #transport: Transport;
  readonly #log: Logger;
  readonly #register: (workflow: CompiledWorkflow) => Promise<void>;
  readonly #graphs: KnownGraphs;

  /** @param register has this worker run the tasks whose code the canvas brings along. */
  constructor(transport: Transport, log: Logger, register: (workflow: CompiledWorkflow) => Promise<void>) {
    this.#transport = transport;
    this.#log = log;
    this.#graphs = new KnownGraphs(transport, GRAPHS_MAX);
    this.#register = register;
  }

  /**
   * The hash of the graph, and the input as the canvas wants it.
   *
   * @throws ReplacementInvalidError, DuplicateTaskError, and what compiling throws.
   */
  async prepared(task: string, { canvas, input }: Replacement): Promise<{ graph: string; input: unknown }> {
    const workflow = compile<AnyCanvas>(canvas);
    const checked = await validateInput(workflow, input);
    if (!checked.ok) throw new ReplacementInvalidError(task, issuesText(checked.issues));
    await this.#register(workflow);
    const { hash, graph } = workflow;
    await untilDone(this.#transport, this.#log, async () => this.#graphs.store(hash, graph));
    return { graph: hash, input: checked.value };
  }
}
