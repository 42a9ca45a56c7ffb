import {
  encodeAbort,
  encodeAttempt,
  encodeControlReply,
  encodeControlRequest,
  encodeDeadLetter,
  encodeEvent,
  encodeGraph,
  encodeKept,
  encodeLease,
  encodeLive,
  encodeOutcome,
  encodeRemains,
  encodeWorker,
  splitGraph,
} from "@arpeggio/core";
import type { recordKinds } from "@arpeggio/core";
import { aborts, liveEvents, replies, requests } from "./control.ts";
import { checkpoints } from "./checkpoints.ts";
import { events } from "./events.ts";
import { graphs } from "./graphs.ts";
import { attempts, deadLetters, doneNodes, leases, outcomes, remains, workers } from "./stored.ts";

export type RecordKind = keyof typeof recordKinds;
type Records = readonly Uint8Array[];

const graphBytes = graphs.map(encodeGraph);
/** A large graph, in parts as they are stored. */
export const inParts = splitGraph(graphBytes[0] as Uint8Array, 700);

/** Every record that is written, by its kind: one that is added to the wire format has to be added here. */
export const records: { readonly [K in RecordKind]: Records } = {
  runStarted: events["run.started"].map(encodeEvent),
  attemptStarted: events["attempt.started"].map(encodeEvent),
  attemptSucceeded: events["attempt.succeeded"].map(encodeEvent),
  attemptFailed: events["attempt.failed"].map(encodeEvent),
  timerFired: events["timer.fired"].map(encodeEvent),
  expressionEvaluated: events["expression.evaluated"].map(encodeEvent),
  runCancelRequested: events["run.cancel.requested"].map(encodeEvent),
  attemptReplaced: events["attempt.replaced"].map(encodeEvent),
  nodesCancelRequested: events["nodes.cancel.requested"].map(encodeEvent),
  runPauseRequested: events["run.pause.requested"].map(encodeEvent),
  runResumeRequested: events["run.resume.requested"].map(encodeEvent),
  signalReceived: events["signal.received"].map(encodeEvent),
  runEnded: events["run.ended"].map(encodeEvent),
  attempt: Object.values(attempts)
    .flat()
    .map((one) => encodeAttempt(one)),
  outcome: Object.values(outcomes)
    .flat()
    .map((one) => encodeOutcome(one)),
  lease: leases.map(encodeLease),
  worker: workers.map(encodeWorker),
  checkpoint: checkpoints,
  graph: graphBytes,
  deadLetter: deadLetters.map(encodeDeadLetter),
  graphParts: [inParts.list],
  graphPart: [...inParts.parts.values()],
  remains: remains.map(encodeRemains),
  kept: [encodeKept(doneNodes), encodeKept([])],
  controlRequest: Object.values(requests)
    .flat()
    .map((one) => encodeControlRequest(one)),
  controlReply: Object.values(replies)
    .flat()
    .map((one) => encodeControlReply(one)),
  abort: aborts.map(encodeAbort),
  live: Object.values(liveEvents)
    .flat()
    .map((one) => encodeLive(one)),
};

export const eventRecords: Records = Object.values(events)
  .flat()
  .map((event) => encodeEvent(event));
