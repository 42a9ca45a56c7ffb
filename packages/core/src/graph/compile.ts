import type { AnyCanvas, Out } from "../language/any-canvas.ts";
import { formOf } from "../language/canvas-value.ts";
import type { Form } from "../language/form.ts";
import { jsonSchemaOf } from "../language/schema.ts";
import type { AnySchema } from "../language/schema.ts";
import type { TaskDefinition } from "../language/task-definition.ts";
import { isWorkflow } from "../language/workflow.ts";
import type { RunInput } from "../language/workflow.ts";
import { Compilation } from "./compilation.ts";
import { graphHash } from "./graph-hash.ts";
import type { WorkflowGraph } from "./graph.ts";

/** A canvas ready to be run, stored and drawn. */
export interface CompiledWorkflow<in I = never, out O = unknown> {
  /** The workflow's name; that of a canvas which is none: its task's, or its kind's. */
  readonly name: string;
  readonly graph: WorkflowGraph;
  /** The version: 32 hex digits that change with what the graph does, and not with the names in it. */
  readonly hash: string;
  /** Checks the input of a run; see `validateInput`. */
  readonly inputSchema?: AnySchema;
  /** Labels of every run. */
  readonly labels: Readonly<Record<string, string>>;
  /** Every task in it, by name; with the code where the canvas had it. */
  readonly tasks: ReadonlyMap<string, TaskDefinition>;
  /** For the compiler only. */
  readonly "~run"?: { readonly in: (input: I) => void; readonly out: O };
}

const compiled = new WeakMap<AnyCanvas, CompiledWorkflow>();

/**
 * The graph of a canvas. Pure, linear in the number of nodes, without recursion, and done once for each canvas value.
 *
 * @throws NodeNameDuplicateError, TaskNameDuplicateError, GraphTooLargeError
 */
export function compile<C extends AnyCanvas>(canvas: C): CompiledWorkflow<RunInput<C>, Out<C>> {
  let result = compiled.get(canvas);
  if (result === undefined) {
    result = compiledFrom(canvas);
    compiled.set(canvas, result);
  }
  return result as CompiledWorkflow<RunInput<C>, Out<C>>;
}

function compiledFrom(canvas: AnyCanvas): CompiledWorkflow {
  const form = formOf(canvas, "what is to be run");
  const { inputSchema, labels = {} } = isWorkflow(canvas) ? canvas : {};
  const name = nameOf(form);
  const compilation = new Compilation(name);
  // The labels of the outermost workflow are the run's: no need to repeat them at every node.
  const top: Form = form.kind === "workflow" ? withoutLabels(form) : form;
  const { nodes, output } = compilation.compile(top);
  const input = inputSchema && jsonSchemaOf(inputSchema);
  const graph: WorkflowGraph = { canvas: 1, name, ...(input ? { input } : {}), nodes, output };
  return Object.freeze({
    name,
    graph,
    hash: graphHash(graph),
    ...(inputSchema ? { inputSchema } : {}),
    labels,
    tasks: compilation.tasks,
  });
}

/** The name of a workflow, step or task; for other canvases, what kind they are. */
function nameOf(form: Form): string {
  let body = form;
  for (;;) {
    switch (body.kind) {
      case "options":
      case "ignore":
      case "bound":
      case "arguments":
      case "scope":
        body = body.body;
        continue;
      case "name":
        return body.name;
      case "workflow":
      case "task":
      case "branches":
        return body.label;
      default:
        return body.kind;
    }
  }
}

function withoutLabels(form: Form & { kind: "workflow" }): Form {
  const { labels: _, ...options } = form.options;
  return { ...form, options };
}
