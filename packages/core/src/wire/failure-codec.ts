import type { AttemptFailure, ErrorInfo, NodeFailure, RunFailureRecord } from "../errors/failure.ts";
import { RecordUndecodableError } from "./frame.ts";
import { bytes, count, fieldsIn, list, number, optional, present, text, yesOrNo } from "./record-fields.ts";
import type { Fields } from "./record-fields.ts";

// Far above what `errorInfoOf` makes; made-up bytes must not recurse further.
const CAUSES_MAX = 32;

/** `[name, message, code?, stack?, cause?]` */
export function errorFields({ name, message, code, stack, cause }: ErrorInfo): Fields {
  return [name, message, code, stack, cause && errorFields(cause)];
}

export function readErrorInfo(field: unknown): ErrorInfo {
  return readErrorInfoAt(field, 0);
}

function readErrorInfoAt(field: unknown, depth: number): ErrorInfo {
  if (depth > CAUSES_MAX) throw new RecordUndecodableError(`an error has more than ${CAUSES_MAX} causes`);
  const fields = fieldsIn(field);
  return {
    name: text(fields[0]),
    message: text(fields[1]),
    ...present({
      code: optional(fields[2], text),
      stack: optional(fields[3], text),
      cause: optional(fields[4], (cause) => readErrorInfoAt(cause, depth + 1)),
    }),
  };
}

/** `[code, error, permanent, retryAfterMs?]` */
export function attemptFailureFields({ code, error, permanent, retryAfterMs }: AttemptFailure): Fields {
  return [code, errorFields(error), permanent, retryAfterMs];
}

export function readAttemptFailure(field: unknown): AttemptFailure {
  const fields = fieldsIn(field);
  return {
    code: text(fields[0]),
    error: readErrorInfo(fields[1]),
    permanent: yesOrNo(fields[2]),
    ...present({ retryAfterMs: optional(fields[3], number) }),
  };
}

/** `[code, message, node, attempt, task?, cause?]` */
export function nodeFailureFields({ code, message, node, attempt, task, cause }: NodeFailure): Fields {
  return [code, message, node, attempt, task, cause && errorFields(cause)];
}

export function readNodeFailure(field: unknown): NodeFailure {
  const fields = fieldsIn(field);
  return {
    code: text(fields[0]),
    message: text(fields[1]),
    node: text(fields[2]),
    attempt: count(fields[3]),
    ...present({ task: optional(fields[4], text), cause: optional(fields[5], readErrorInfo) }),
  };
}

/** `[code, message, failures, node?, attempt?, cause?, partial?]` */
export function failureFields({ code, message, failures, node, attempt, cause, partial }: RunFailureRecord): Fields {
  return [code, message, failures.map(nodeFailureFields), node, attempt, cause && errorFields(cause), partial];
}

export function readRunFailure(field: unknown): RunFailureRecord {
  const fields = fieldsIn(field);
  return {
    code: text(fields[0]),
    message: text(fields[1]),
    failures: list(fields[2], readNodeFailure),
    ...present({
      node: optional(fields[3], text),
      attempt: optional(fields[4], count),
      cause: optional(fields[5], readErrorInfo),
      partial: optional(fields[6], bytes),
    }),
  };
}
