import { encodeFrame, encodePayload, recordKinds, WIRE_VERSION } from "@arpeggio/core";
import { encodeRun } from "../../../packages/coordinator/src/run/run-snapshot.ts";
import { RunWorld } from "../../../packages/coordinator/src/testing/run-world.ts";
import { graphs } from "./graphs.ts";
import { defaults, list } from "./parts.ts";

/** Values of maps with three items or more are packed, and three attempts are under way at a time. */
export const limits = { inFlightMax: 3, packedFrom: 3 };
/** The hash under which a task finds the graph that it puts in its place. */
export const REPLACEMENT = "replacement";

/** A run in the middle of its work: with results, failures, retries, timers, signals, a pause and a graph in a task's place. */
export function worldOf(graph: (typeof graphs)[number]): RunWorld {
  const kept = [{ node: "map[0]", value: list }, { node: "nothing" }];
  const world = new RunWorld(
    graph,
    { size: 2 },
    { kept, defaults: { ...defaults, queue: "q" }, timeoutMs: 1_000 },
    limits,
  );
  world.know(REPLACEMENT, graphs[3] as (typeof graphs)[number]);
  return world;
}

function checkpointsOf(graph: (typeof graphs)[number]): Uint8Array[] {
  const world = worldOf(graph);
  const states = [encodeRun(world.run, 1)];
  world.signal("early", 1);
  for (let turn = 0; turn < 12 && world.finish === undefined; turn++) {
    const attempt = world.dispatched[turn];
    if (turn === 7) world.fold({ type: "run.pause.requested", run: "r1", reason: "lunch" });
    else if (turn === 9) world.fold({ type: "run.resume.requested", run: "r1" });
    else if (turn === 10 && attempt !== undefined) world.replace(attempt.node, REPLACEMENT, [1], attempt.attempt);
    else if (world.evaluations.length > 0) world.evaluate();
    else if (attempt === undefined && world.timers.length > 0) world.fireTimer();
    else if (attempt !== undefined && turn % 4 === 3) world.fail(attempt.node, attempt.attempt);
    else if (attempt !== undefined)
      world.succeed(attempt.node, attempt.path === "second" ? { kind: "book", size: 2 } : [1, 2], attempt.attempt);
    states.push(encodeRun(world.run, turn + 2));
  }
  return states;
}

/** A large state lies in the blob store, and the record says where. */
const referring = encodeFrame(WIRE_VERSION, recordKinds.checkpoint, encodePayload(["01jd9q8x4v-1/state-3-9"]));
/** What is written behind each state: epoch and replaced revision. */
export const stamp = encodeFrame(WIRE_VERSION, recordKinds.checkpoint, encodePayload([3, 17]));

export const checkpoints: readonly Uint8Array[] = [...graphs.flatMap(checkpointsOf), referring];
