import type { NodeTiming } from "../graph/graph.ts";
import type { StepDefaults } from "../wire/step-defaults.ts";
import type { AnySchema } from "./schema.ts";
import type { TaskContext } from "./task-context.ts";

/** What a task is, whatever canvas it stands in: what workers register and what checks use. */
export interface TaskDefinition {
  /** By which graphs and workers know it. */
  readonly name: string;
  /** The task's own defaults. */
  readonly options: StepDefaults;
  /** When each of its steps begins and has to end, where the step does not say it. */
  readonly timing?: NodeTiming;
  readonly inputSchema?: AnySchema;
  readonly outputSchema?: AnySchema;
  /**
   * The code; absent in a contract. Of a func it takes the list of the arguments, like every task takes one value.
   */
  readonly handler?: (input: unknown, ctx: TaskContext) => unknown;
  /** How many arguments a func takes; absent in every other task. */
  readonly arity?: number;
}
