/** An error as plain data: what is left of it when it has crossed a process. */
export interface ErrorInfo {
  /** The error's class, e.g. `TypeError`. */
  readonly name: string;
  readonly message: string;
  /** The error's own `code`, where it has one. */
  readonly code?: string;
  /** The stack of the process that threw it, cut to {@link STACK_CHARS_MAX} characters. */
  readonly stack?: string;
  readonly cause?: ErrorInfo;
}

/** How one attempt ended badly, as the worker reports it. The coordinator alone decides what follows. */
export interface AttemptFailure {
  /** Stable: `TASK_FAILED`, `TASK_TIMED_OUT`, `TASK_INPUT_INVALID`, `TASK_RESULT_NOT_SERIALISABLE`, `TASK_POISONED`, … */
  readonly code: string;
  readonly error: ErrorInfo;
  /** No further attempt, whatever the policy says. */
  readonly permanent: boolean;
  /** The task's own wish for the wait before the next attempt, in milliseconds. */
  readonly retryAfterMs?: number;
}

/** How a node ended badly for good. */
export interface NodeFailure {
  readonly code: string;
  readonly message: string;
  /** The node's path in the run, e.g. `map[3]/image.resize`. */
  readonly node: string;
  readonly task?: string;
  /** The attempt that decided it; attempts count from 1. */
  readonly attempt: number;
  readonly cause?: ErrorInfo;
}

/** How a run ended badly. Deterministic: the same log of events gives the same failure. */
export interface RunFailure {
  readonly code: string;
  readonly message: string;
  /** The node that failed first, where a node did. */
  readonly node?: string;
  readonly attempt?: number;
  readonly cause?: ErrorInfo;
  /** Every node failure of the run, in the order of the log. */
  readonly failures: readonly NodeFailure[];
  /** Results that the workflow still held when it failed, by the ids of its nodes: some, not all, and not large ones. */
  readonly partial?: Readonly<Record<string, unknown>>;
}

/** The same as it is stored: `partial` is an encoded object. */
export interface RunFailureRecord extends Omit<RunFailure, "partial"> {
  readonly partial?: Uint8Array;
}

export const STACK_CHARS_MAX = 4_000;
/** A failure travels in one message of the event log, with its causes: no text of it may be as long as it likes. */
const MESSAGE_CHARS_MAX = 8_000;
const NAME_CHARS_MAX = 200;
const CAUSES_MAX = 5;

/**
 * Turns whatever was thrown into data, cut to a size that fits into a message. Never throws, however odd the value is.
 */
export function errorInfoOf(thrown: unknown, depth = 0): ErrorInfo {
  try {
    if (!(thrown instanceof Error)) return { name: "NonError", message: cut(textOf(thrown), MESSAGE_CHARS_MAX) };
    const code = (thrown as { code?: unknown }).code;
    return {
      name: cut(String(thrown.name), NAME_CHARS_MAX),
      message: cut(String(thrown.message), MESSAGE_CHARS_MAX),
      ...(typeof code === "string" ? { code: cut(code, NAME_CHARS_MAX) } : {}),
      ...(typeof thrown.stack === "string" ? { stack: thrown.stack.slice(0, STACK_CHARS_MAX) } : {}),
      ...(thrown.cause !== undefined && depth < CAUSES_MAX ? { cause: errorInfoOf(thrown.cause, depth + 1) } : {}),
    };
  } catch {
    return { name: "NonError", message: "a value that cannot be read was thrown" };
  }
}

function textOf(value: unknown): string {
  if (typeof value !== "object" || value === null) return String(value);
  // An object's toJSON may give undefined.
  return JSON.stringify(value) ?? Object.prototype.toString.call(value);
}

function cut(text: string, charsMax: number): string {
  return text.length <= charsMax ? text : `${text.slice(0, charsMax)}… (${text.length - charsMax} more characters)`;
}
