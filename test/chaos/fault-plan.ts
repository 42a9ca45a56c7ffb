import { createRandom } from "./random.ts";
import { ackWaitMs, leaseMs } from "./settings.mjs";

/**
 * What can happen to a process: SIGKILL, SIGSTOP until SIGCONT, SIGTERM, or its link cut. Each comes back by itself after
 * `forMs`.
 */
export type FaultKind = "kill" | "freeze" | "restart" | "cut";

export interface PlannedFault {
  /** From the beginning of the load. */
  readonly atMs: number;
  readonly kind: FaultKind;
  /** A process by its name, or a part of the cluster that some process plays at that moment. */
  readonly target: string;
  readonly forMs: number;
}

export interface PlanOptions {
  readonly seed: number;
  readonly seconds: number;
  readonly isCluster: boolean;
  /** Processes that have a link of their own, which can be cut. */
  readonly linked: readonly string[];
}

export const coordinatorNames = ["c1", "c2", "c3"] as const;
export const workerNames = ["w1", "w2", "w3"] as const;
export const serverNames = ["n1", "n2", "n3"] as const;
/** Parts that one of the cluster's servers plays: who leads the log, the attempts, the cluster. */
export const leaderRoles = ["leader of events", "leader of attempts", "leader of the cluster"] as const;

interface Choice {
  readonly weight: number;
  readonly kind: FaultKind;
  readonly targets: readonly string[];
  readonly forMs: readonly [min: number, max: number];
}

/** How far faults lie apart, in milliseconds. */
const GAP_MS = [600, 2_200] as const;
/** Nothing goes wrong before this: there has to be something to disturb. */
const CALM_MS = 2_000;

/** Everything that will go wrong, in order; the same for the same options. */
export function planFaults(options: PlanOptions): readonly PlannedFault[] {
  const random = createRandom(options.seed);
  const between = ([min, max]: readonly [number, number]) => Math.round(min + random() * (max - min));
  const choices = choicesOf(options);
  const weights = choices.reduce((all, { weight }) => all + weight, 0);
  const plan: PlannedFault[] = [];
  for (let atMs = CALM_MS; atMs < options.seconds * 1_000; atMs += between(GAP_MS)) {
    let left = random() * weights;
    const choice = choices.find(({ weight }) => (left -= weight) < 0) ?? (choices[0] as Choice);
    const target = choice.targets[Math.floor(random() * choice.targets.length)] as string;
    plan.push({ atMs, kind: choice.kind, target, forMs: between(choice.forMs) });
  }
  return plan;
}

function choicesOf({ isCluster, linked }: PlanOptions): readonly Choice[] {
  const roles = (names: readonly string[]) => linked.filter((name) => names.includes(name));
  const servers = isCluster ? serverNames : serverNames.slice(0, 1);
  const leaders = isCluster ? leaderRoles : servers;
  const all: readonly Choice[] = [
    { weight: 4, kind: "kill", targets: coordinatorNames, forMs: [0, 2 * leaseMs] },
    // Longer than the lease: it wakes up as an owner that is none any more.
    { weight: 2, kind: "freeze", targets: coordinatorNames, forMs: [1.2 * leaseMs, 3 * leaseMs] },
    { weight: 1, kind: "restart", targets: coordinatorNames, forMs: [0, 500] },
    { weight: 4, kind: "kill", targets: workerNames, forMs: [0, 3_000] },
    // Longer than the ack wait: what it holds is at work elsewhere when it wakes up.
    { weight: 2, kind: "freeze", targets: workerNames, forMs: [1.2 * ackWaitMs, 2.5 * ackWaitMs] },
    { weight: 1, kind: "restart", targets: workerNames, forMs: [0, 500] },
    { weight: 2, kind: "kill", targets: leaders, forMs: [0, 2_000] },
    { weight: 1, kind: "restart", targets: servers, forMs: [0, 1_000] },
    { weight: 1, kind: "freeze", targets: servers, forMs: [500, 4_000] },
    { weight: 1, kind: "cut", targets: roles(coordinatorNames), forMs: [1.5 * leaseMs, 4 * leaseMs] },
    { weight: 1, kind: "cut", targets: roles(workerNames), forMs: [1.5 * ackWaitMs, 3 * ackWaitMs] },
    { weight: 1, kind: "cut", targets: roles(serverNames), forMs: [1_000, 6_000] },
  ];
  return all.filter(({ targets }) => targets.length > 0);
}

/** E.g. `12.3 s  freeze w2 for 4.0 s`. */
export function describeFault({ atMs, kind, target, forMs }: PlannedFault): string {
  const seconds = (ms: number) => `${(ms / 1_000).toFixed(1)} s`;
  const back = kind === "kill" || kind === "restart" ? ", back after" : " for";
  return `${seconds(atMs).padStart(8)}  ${kind} ${target}${back} ${seconds(forMs)}`;
}
