import { parseArgs } from "node:util";

export interface ChaosOptions {
  /** How long runs are started and things go wrong, in seconds; the end of all runs is waited for after that. */
  readonly seconds: number;
  /** Decides the faults and the mix of runs. */
  readonly seed: number;
  /** Three servers with three copies of everything instead of one server. */
  readonly isCluster: boolean;
  /** The oldest nats-server on this machine instead of the newest. */
  readonly isOldest: boolean;
  /** Keeps data and logs even if nothing was wrong. */
  readonly isKept: boolean;
}

export const usage = `pnpm test:chaos [options]

  --seconds 60   how long runs are started and things go wrong
  --seed 1       decides the faults and the mix of runs; one by the clock if it is left out
  --cluster      three nats-servers and three copies of everything, instead of one server
  --oldest       the oldest nats-server on this machine instead of the newest
  --keep         keeps all data and logs even if nothing was wrong
`;

/** @throws with the usage when the arguments are not understood. */
export function chaosOptions(args: readonly string[]): ChaosOptions {
  const { values } = parseArgs({
    args: args.filter((arg) => arg !== "--"), // pnpm hands it on
    options: {
      seconds: { type: "string", default: "60" },
      seed: { type: "string", default: String(Date.now() % 1_000_000) },
      cluster: { type: "boolean", default: false },
      oldest: { type: "boolean", default: false },
      keep: { type: "boolean", default: false },
    },
  });
  const whole = (name: "seconds" | "seed", min: number) => {
    const value = Number(values[name]);
    if (!Number.isSafeInteger(value) || value < min) throw new Error(`--${name} is ${values[name]}\n\n${usage}`);
    return value;
  };
  const { cluster, oldest, keep } = values;
  return {
    seconds: whole("seconds", 5),
    seed: whole("seed", 0),
    isCluster: cluster,
    isOldest: oldest,
    isKept: keep,
  };
}
