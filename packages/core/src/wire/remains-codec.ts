import { payload } from "./payload-field.ts";
import { fieldsIn, labels, list, number, optional, present, text, yesOrNo } from "./record-fields.ts";
import type { Fields } from "./record-fields.ts";
import { decodeRecord, encodeRecord, recordKinds } from "./record-kinds.ts";
import type { DoneNode, RunRemains } from "./remains.ts";
import { readStepDefaults, stepDefaultsFields } from "./step-defaults-codec.ts";

/** `[run, workflow, graph, input, succeeded, failed, isComplete, labels?, timeoutMs?, defaults?]` */
export function encodeRemains(remains: RunRemains): Uint8Array {
  const { run, workflow, graph, input, failed, isComplete, timeoutMs, defaults } = remains;
  return encodeRecord(recordKinds.remains, [
    run,
    workflow,
    graph,
    input,
    remains.succeeded.map(doneFields),
    failed,
    isComplete,
    remains.labels,
    timeoutMs,
    defaults && stepDefaultsFields(defaults),
  ]);
}

/** Takes the whole blob. Payloads are views of it. @throws {@link RecordUndecodableError} */
export function decodeRemains(blob: Uint8Array): RunRemains {
  return decodeRecord(blob, recordKinds.remains, readRemains);
}

function readRemains(fields: Fields): RunRemains {
  return {
    run: text(fields[0]),
    workflow: text(fields[1]),
    graph: text(fields[2]),
    input: payload(fields[3]),
    succeeded: list(fields[4], readDone),
    failed: list(fields[5], text),
    isComplete: yesOrNo(fields[6]),
    ...present({
      labels: optional(fields[7], labels),
      timeoutMs: optional(fields[8], number),
      defaults: optional(fields[9], readStepDefaults),
    }),
  };
}

/** What `RunStarted.kept` names: the nodes that a redriven run does not run again. */
export function encodeKept(nodes: readonly DoneNode[]): Uint8Array {
  return encodeRecord(recordKinds.kept, [nodes.map(doneFields)]);
}

/** Takes the whole blob. Payloads are views of it. @throws {@link RecordUndecodableError} */
export function decodeKept(blob: Uint8Array): readonly DoneNode[] {
  return decodeRecord(blob, recordKinds.kept, ([nodes]) => list(nodes, readDone));
}

/** `[node, value?]` */
function doneFields({ node, value }: DoneNode): Fields {
  return value === undefined ? [node] : [node, value];
}

function readDone(field: unknown): DoneNode {
  const [node, value] = fieldsIn(field);
  return { node: text(node), ...present({ value: optional(value, payload) }) };
}
