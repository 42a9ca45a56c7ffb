export declare class RecordingInvalidError extends Error {}

export interface RecordedTask {
  readonly id: string;
  /** The tasks that must have ended before it begins. */
  readonly parents: readonly string[];
  /** How long it ran, in seconds. */
  readonly seconds: number;
}
export interface RecordedWorkflow {
  readonly name: string;
  /** Each after its parents. */
  readonly tasks: readonly RecordedTask[];
}
export declare function recordedWorkflow(document: unknown): RecordedWorkflow;
export declare function criticalSeconds(recorded: RecordedWorkflow): number;
