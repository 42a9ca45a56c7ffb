import type { Payload, SignalReceived } from "@arpeggio/core";
import type { FoldContext } from "../fold-context.ts";
import type { RunExtras } from "../../run/extras.ts";
import type { SignalPlan } from "../../run/kind-plan.ts";
import { nodeCode } from "../../run/node-table.ts";
import { extrasOf } from "../../run/run-state.ts";
import { kept } from "../../run/value.ts";

/** How many signals that nobody waits for yet are kept; what comes then is lost. */
export const EARLY_SIGNALS_MAX = 1_000;
/** How many of the last signals' ids are known, so that a repeated one does not count. */
const SIGNAL_IDS_MAX = 10_000;

/** The needs of a signal node have ended: it takes the signal that came early, or waits for one. */
export function openSignal(context: FoldContext, node: number, { signal }: SignalPlan): void {
  const extras = extrasOf(context.run);
  const { early } = extras;
  const place = early?.findIndex((one) => one.signal === signal) ?? -1;
  const [found] = place < 0 ? [] : (early?.splice(place, 1) ?? []);
  if (found !== undefined) return void context.agenda.push({ todo: "succeed", node, value: found.payload });
  extras.waiters ??= new Map();
  const waiting = extras.waiters.get(signal);
  if (waiting === undefined) extras.waiters.set(signal, [node]);
  else waiting.push(node);
}

/** A signal goes to the node that has waited for it longest, or is kept for the first that will. */
export function signalReceived(context: FoldContext, { signal, id, payload }: SignalReceived): void {
  const { run } = context;
  const extras = extrasOf(run);
  if (!isNew(extras, id)) return;
  const waiting = extras.waiters?.get(signal);
  for (let node = waiting?.shift(); node !== undefined; node = waiting?.shift()) {
    // It may have been cut off or timed out in the meantime.
    if (run.states[node] !== nodeCode.running) continue;
    if (waiting?.length === 0) extras.waiters?.delete(signal);
    return void context.agenda.push({ todo: "succeed", node, value: payload });
  }
  extras.waiters?.delete(signal);
  keepEarly(extras, signal, payload);
}

function keepEarly(extras: RunExtras, signal: string, payload: Payload): void {
  const early = (extras.early ??= []);
  if (early.length < EARLY_SIGNALS_MAX) early.push({ signal, payload: kept(payload) });
}

function isNew(extras: RunExtras, id: string): boolean {
  const ids = (extras.signalIds ??= new Set<string>());
  if (ids.has(id)) return false;
  ids.add(id);
  if (ids.size > SIGNAL_IDS_MAX) {
    // The oldest: a Set keeps the order of insertion.
    for (const oldest of ids) {
      ids.delete(oldest);
      break;
    }
  }
  return true;
}
