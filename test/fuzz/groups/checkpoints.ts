import { joined } from "@arpeggio/core";
import type { RunEvent } from "@arpeggio/core";
import { planGraph } from "../../../packages/coordinator/src/run/plan.ts";
import type { Plan } from "../../../packages/coordinator/src/run/plan.ts";
import { decodeRun, encodeRun, restoreRun } from "../../../packages/coordinator/src/run/run-snapshot.ts";
import type { RunSnapshot } from "../../../packages/coordinator/src/run/run-snapshot.ts";
import { foldOrEnd } from "../../../packages/coordinator/src/runtime/fold-or-end.ts";
import { stateBlobOf } from "../../../packages/coordinator/src/runtime/state-store.ts";
import { limits, REPLACEMENT, stamp } from "../corpus/checkpoints.ts";
import { graphs } from "../corpus/graphs.ts";
import { list } from "../corpus/parts.ts";
import { records } from "../corpus/records.ts";
import { mutated } from "../mutation/mutation.ts";
import { ensure, tried } from "../oracles/harm.ts";
import { ensurePlain } from "../oracles/plain-data.ts";
import { silent } from "./group.ts";
import type { Group } from "./group.ts";

const plans = new Map(graphs.map((graph) => [graph.name, planGraph("hash", graph)]));
const [anyPlan] = plans.values();
const further = new Map([[REPLACEMENT, planGraph(REPLACEMENT, graphs[3] as (typeof graphs)[number])]]);
const planOf = (hash: string) => further.get(hash) ?? { code: "GRAPH_NOT_FOUND", message: hash };

/** States of runs: what is read of one can be restored, is the same when it is stored again, and can be gone on with. */
export const checkpointGroup: Group = {
  name: "states",
  make(random) {
    const state = mutated(records.checkpoint, random);
    return random(4) === 0 ? joined([state, stamp]) : state;
  },
  read(bytes, tally) {
    tried(tally, "stateBlobOf", [], () => stateBlobOf(bytes));
    const snapshot = tried(tally, "decodeRun", [], () => decodeRun(bytes))?.value;
    if (snapshot === undefined) return;
    ensurePlain(snapshot, "decodeRun");
    const plan = plans.get(snapshot.start.workflow) ?? (anyPlan as Plan);
    const state = tried(tally, "restoreRun", [], () => restoreRun(snapshot, plan, limits, further))?.value;
    if (state === undefined) return;
    const stored = encodeRun(state, snapshot.sequence);
    const again = restoreRun(decodeRun(stored), plan, limits, further);
    ensure(Buffer.compare(stored, encodeRun(again, snapshot.sequence)) === 0, "a run is another when it is restored");
    // Whatever a made-up state does to the fold is for the runtime to set aside; it must only come to an end.
    for (const event of eventsFor(snapshot)) foldOrEnd(state, event, 2_000, { planOf, log: silent });
  },
};

function eventsFor({ timers, evaluations, states, start: { run } }: RunSnapshot): readonly RunEvent[] {
  const about = { run, attempt: 1 };
  return [
    ...timers.slice(0, 3).map(([timer]): RunEvent => ({ type: "timer.fired", run, timer })),
    ...evaluations.slice(0, 3).map((target): RunEvent => ({ type: "expression.evaluated", run, target, value: list })),
    { type: "signal.received", run, signal: "approved", id: "s", payload: list },
    ...Array.from(states.subarray(0, 4), (_, node): RunEvent => ({
      type: "attempt.succeeded",
      ...about,
      node,
      result: list,
    })),
    { type: "nodes.cancel.requested", run, nodes: ["map[1]"], label: ["team", "a"], reason: "" },
    { type: "run.cancel.requested", run, reason: "", compensate: true },
  ];
}
