import { compositeOf } from "./run-state.ts";
import type { RunState } from "./run-state.ts";

/** A loop asks whether it is at its end, and waits for its next round, under the same names after each round. */
const perRound: ReadonlySet<string | undefined> = new Set(["until", "round"]);

/** What the log calls an evaluation or a timer of a run: of a loop with the round, since it may be told of late, or twice. */
export function loggedName(run: RunState, name: string): string {
  const [what, node] = name.split(":");
  return perRound.has(what) ? `${name}:${compositeOf(run, Number(node))?.round ?? ""}` : name;
}

/** What the run calls what the log has; undefined for what is of another round. Without a round, it is of this one. */
export function ownName(run: RunState, logged: string): string | undefined {
  const [what, node, round, rest] = logged.split(":");
  if (!perRound.has(what) || round === undefined || rest !== undefined) return logged;
  return Number(round) === compositeOf(run, Number(node))?.round ? `${what}:${node}` : undefined;
}
