import { encodePayload, splicePayloadObject } from "@arpeggio/core";
import type { NodeFailure, Payload, RunFailureRecord } from "@arpeggio/core";
import type { Composite, Undo } from "../run/extras.ts";
import { nodePathOf } from "../run/node-path.ts";
import type { PartEnd } from "../run/part-end.ts";
import { resultOf } from "../run/run-state.ts";
import type { RunState } from "../run/run-state.ts";
import { firstNodeOf } from "../run/scope.ts";
import type { Scope } from "../run/scope.ts";
import { payloadOf } from "../run/value.ts";
import type { Value } from "../run/value.ts";

/** How many results, and bytes of them, whoever deals with a failure gets to see. */
const PARTIAL_NODES_MAX = 100;
const PARTIAL_BYTES_MAX = 64 * 1024;

/**
 * The results that an item holds when it fails, by the nodes' ids. Those that nobody was left to read are gone, and those
 * that are too large are left out.
 */
export function partialOf(run: RunState, scope: Scope, item: number): Payload | undefined {
  const first = firstNodeOf(scope, item);
  const entries: [string, Payload][] = [];
  let bytes = 0;
  for (const { index, id } of scope.level.nodes) {
    if (entries.length === PARTIAL_NODES_MAX) break;
    const value = resultOf(run, first + index);
    if (value === undefined) continue;
    const payload = payloadOf(value);
    if (bytes + payload.length > PARTIAL_BYTES_MAX) continue;
    bytes += payload.length;
    entries.push([id, payload]);
  }
  return entries.length === 0 ? undefined : splicePayloadObject(entries);
}

const TRUE = encodePayload(true);
const FALSE = encodePayload(false);
const NULL = encodePayload(null);
const EMPTY_OBJECT = encodePayload({});

/** What `onError` and `recover` get: `{ input, error, failures, partial }`. */
export function failureInput(run: RunState, node: number, composite: Composite, error: NodeFailure): Payload {
  const inside = `${nodePathOf(run, node)}/`;
  const failures = run.failures.filter((one) => one.node.startsWith(inside));
  return splicePayloadObject([
    ["input", inputOf(composite.input)],
    ["error", encodePayload(error)],
    ["failures", encodePayload(failures.length === 0 ? [error] : failures)],
    ["partial", composite.partial ?? EMPTY_OBJECT],
  ]);
}

/** What `finally` gets: `{ input, ok: true, value }` or `{ input, ok: false, error }`. */
export function lastInput({ input, failure, value }: Composite): Payload {
  const end: [string, Payload][] =
    failure === undefined
      ? [
          ["ok", TRUE],
          ["value", inputOf(value)],
        ]
      : [
          ["ok", FALSE],
          ["error", encodePayload(failure)],
        ];
  return splicePayloadObject([["input", inputOf(input)], ...end]);
}

/** The same for a scope that was cut off. */
export function cutOffInput(run: RunState, { node, input }: Undo): Payload {
  const message = "another part of the run has failed, or made it superfluous";
  const error: NodeFailure = { code: "NODE_CANCELLED", message, node: nodePathOf(run, node), attempt: 1 };
  return splicePayloadObject([
    ["input", payloadOf(input)],
    ["ok", FALSE],
    ["error", encodePayload(error)],
  ]);
}

/** What `undo` gets: `{ input, output, error }`. */
export function undoInput(run: RunState, { input, output, node }: Undo, end: PartEnd): Payload {
  return splicePayloadObject([
    ["input", payloadOf(input)],
    ["output", inputOf(output)],
    ["error", encodePayload(reasonOf(run, node, end))],
  ]);
}

function reasonOf(
  run: RunState,
  node: number,
  end: PartEnd,
): Omit<NodeFailure, "node"> | Omit<RunFailureRecord, "failures"> {
  if (end.kind === "failed") return end.failure;
  if (end.kind === "run" && end.failure !== undefined) {
    const { failures: _failures, partial: _partial, ...failure } = end.failure;
    return failure;
  }
  const message = "it lies in a part that another one has made superfluous";
  return { code: "NODE_CANCELLED", message, node: nodePathOf(run, node), attempt: 1 } satisfies NodeFailure;
}

function inputOf(value: Value | undefined): Payload {
  return value === undefined ? NULL : payloadOf(value);
}
