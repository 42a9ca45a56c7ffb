import { inFolder } from "./in-folder.mjs";

/** What a state is stored and restored with. */
export const checkpointMutations = inFolder("packages/coordinator/src/run", [
  {
    name: "a checkpoint forgets that the run is paused",
    file: "extras-snapshot.ts",
    replace: "...(paused === undefined ? {} : { paused }),",
    by: "",
    seenBy: "comes to something else from one of its checkpoints",
  },
  {
    name: "a checkpoint forgets what the pause holds back",
    file: "extras-snapshot.ts",
    replace: "...(isEmpty(held) ? {} : { held: [...held] }),",
    by: "",
    seenBy: "comes to something else from one of its checkpoints",
  },
  {
    name: "a checkpoint forgets who waits for a signal",
    file: "extras-snapshot.ts",
    replace: "...(isEmpty(waiters) ? {} : { waiters: [...waiters] }),",
    by: "",
    seenBy: "from one of its checkpoints",
    seldom:
      "it takes a cut, a checkpoint or a repeat at the one moment that counts, which none of the first 60 seeds has",
  },
  {
    name: "a checkpoint forgets what is to be undone",
    file: "extras-snapshot.ts",
    replace: "...(isEmpty(undos) ? {} : { undos: listed(undos, (list) => list.map(undoSnapshotOf)) }),",
    by: "",
    seenBy: "comes to something else from one of its checkpoints",
  },
  {
    name: "a checkpoint forgets what is being undone",
    file: "extras-snapshot.ts",
    replace: "...(isEmpty(compensations) ? {} : { compensations: listed(compensations, compensationSnapshotOf) }),",
    by: "",
    seenBy: "comes to something else from one of its checkpoints",
  },
  {
    name: "a checkpoint forgets which graphs tasks have put in their places",
    file: "extras-snapshot.ts",
    replace: "...(isEmpty(plans) ? {} : { plans: [...plans.keys()] }),",
    by: "",
    seenBy: "is missing",
  },
  {
    name: "a checkpoint forgets what a redrive keeps",
    file: "extras-snapshot.ts",
    replace: "...(isEmpty(kept) ? {} : { kept: listed(kept, (value) => bytesOf(value) ?? null) }),",
    by: "",
    seenBy: "from one of its checkpoints",
    seldom:
      "it takes a cut, a checkpoint or a repeat at the one moment that counts, which none of the first 60 seeds has",
  },
  {
    name: "a checkpoint forgets in which round a loop is",
    file: "extras-snapshot.ts",
    replace: "    order,\n    round,\n    ended,",
    by: "    order,\n    round: 0,\n    ended,",
    seenBy: "comes to something else from one of its checkpoints",
  },
  {
    name: "a checkpoint forgets the attempts that nodes are at",
    file: "run-snapshot.ts",
    replace: "attempts: [...(run.attempts ?? [])],",
    by: "attempts: [],",
    seenBy: "comes to something else from one of its checkpoints",
  },
  {
    name: "a checkpoint forgets the timers",
    file: "run-snapshot.ts",
    replace: "timers: [...(run.timers ?? [])],",
    by: "timers: [],",
    seenBy: "comes to something else from one of its checkpoints",
  },
  {
    name: "a checkpoint forgets the failures so far",
    file: "run-snapshot.ts",
    replace: "failures: run.failures,",
    by: "failures: [],",
    seenBy: "comes to something else from one of its checkpoints",
  },
]);
