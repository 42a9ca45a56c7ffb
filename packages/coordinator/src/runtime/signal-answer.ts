import type { SignalAnswer } from "@arpeggio/core";
import { hasEnded, nodeCode } from "../run/node-table.ts";
import type { LevelPlan, NodePlan } from "../run/plan.ts";
import type { RunState } from "../run/run-state.ts";
import { firstNodeOf } from "../run/scope.ts";
import type { Scope } from "../run/scope.ts";

/** Whether a run takes a signal: whether a node waits for it, or may still come to that. */
export function signalAnswerOf(run: RunState, signal: string): SignalAnswer {
  const answer = { expected: "no" as SignalAnswer["expected"], graphs: new Set<string>(), known: new Set<string>() };
  for (const scope of run.scopes) {
    // Most levels have none, however many nodes.
    const places = signalPlacesOf(scope.level);
    if (places.length === 0) continue;
    for (const [index, names] of places) {
      const states = statesAt(run, scope, index);
      if (!states.isOpen) continue;
      for (const name of names) answer.known.add(name);
      if (!names.has(signal)) continue;
      answer.graphs.add(scope.level.plan.hash);
      const isSignal = scope.level.nodes[index]?.own?.kind === "signal";
      if (isSignal && states.isWaiting) answer.expected = "waiting";
      else if (answer.expected === "no") answer.expected = "later";
    }
  }
  return { expected: answer.expected, graphs: [...answer.graphs], known: [...answer.known] };
}

/** What the nodes with one index of a level, one for each item, are at. */
function statesAt(run: RunState, scope: Scope, index: number): { isOpen: boolean; isWaiting: boolean } {
  let isOpen = false;
  for (let item = 0; item < scope.width; item++) {
    const state = run.states[firstNodeOf(scope, item) + index] as number;
    if (hasEnded(state)) continue;
    isOpen = true;
    if (state === nodeCode.running) return { isOpen, isWaiting: true };
  }
  return { isOpen, isWaiting: false };
}

const known = new WeakMap<LevelPlan, readonly (readonly [index: number, names: ReadonlySet<string>])[]>();

/** The nodes of a level that are signals or have some in them, with the names. */
function signalPlacesOf(level: LevelPlan): readonly (readonly [index: number, names: ReadonlySet<string>])[] {
  const { levels, signals } = level.plan;
  if (signals.size === 0) return [];
  // From the last to the first: a level stands after the one around it.
  if (!known.has(level)) for (const one of levels.toReversed()) known.set(one, placesIn(one));
  return known.get(level) ?? [];
}

function placesIn({ nodes, plan }: LevelPlan): readonly (readonly [index: number, names: ReadonlySet<string>])[] {
  return nodes.flatMap((node) => {
    const names = new Set<string>();
    if (node.own?.kind === "signal") names.add(node.own.signal);
    for (const inner of innerLevels(node))
      for (const [, some] of known.get(plan.levels[inner] as LevelPlan) ?? []) for (const name of some) names.add(name);
    return names.size === 0 ? [] : [[node.index, names] as const];
  });
}

/** The places of the levels directly inside a node. */
function innerLevels({ body, own }: NodePlan): readonly number[] {
  return [body, ...partsOf(own)].filter((level) => level >= 0);
}

function partsOf(own: NodePlan["own"]): readonly number[] {
  switch (own?.kind) {
    case "scope":
      return [own.body, own.onError, own.recover, own.finally, own.undo];
    case "branches":
      return own.levels;
    case "choose":
      return [...own.cases.values(), own.otherwise];
    case "loop":
      return [own.body];
    default:
      return [];
  }
}
