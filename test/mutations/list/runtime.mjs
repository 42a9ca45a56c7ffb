import { inFolder } from "./in-folder.mjs";

/** Owners of partitions. */
export const runtimeMutations = inFolder("packages/coordinator/src/runtime", [
  {
    name: "timers are not armed after a takeover",
    file: "effects.ts",
    replace: "for (const [timer, dueAtMs] of state.timers ?? []) this.#timers.arm(state.start.run, timer, dueAtMs);",
    by: "",
    seenBy: "had to bring again what was lost",
  },
  {
    name: "evaluations are not begun again after a takeover",
    file: "effects.ts",
    replace: "for (const target of state.evaluations ?? []) this.#evaluations.begin(state, target);",
    by: "",
    seenBy: "had to bring again what was lost",
    seldom:
      "it takes a cut, a checkpoint or a repeat at the one moment that counts, which none of the first 60 seeds has",
  },
  {
    name: "attempts that may not be out are not sent after a takeover",
    file: "effects.ts",
    replace: "this.#dispatcher.dispatch(state, node, attempt, { sentAtMs });",
    by: "",
    seenBy: "had to bring again what was lost",
  },
  {
    name: "outcomes of runs that ended in the replay are not put",
    file: "effects.ts",
    replace: "for (const ending of this.#replayedEndings.values()) this.end(ending);",
    by: "",
    seenBy: "RunNotFoundError",
  },
  {
    name: "an attempt is sent again without a fence",
    file: "mandate.ts",
    replace: "if (!(await fence.passed()) && !writes.isStopped) {",
    by: "if (false) {",
    seenBy: "was dispatched twice",
    seldom:
      "it takes a cut, a checkpoint or a repeat at the one moment that counts, which none of the first 60 seeds has",
  },
  {
    name: "an attempt is sent without a look at the lease",
    file: "mandate.ts",
    replace: "return lease.ageMs < leaseMs * 0.75;",
    by: "return true;",
    seenBy: "was dispatched twice",
    seldom:
      "it shows only where the server is started anew in the moment of a takeover; `test/coordinator/mandate.test.ts` sees it",
  },
  {
    name: "there is no window of attempts on their way",
    file: "dispatch-window.ts",
    replace: "return this.#count < COUNT_MAX && this.#bytes < BYTES_MAX;",
    by: "return true;",
    notSeen: "worlds are too small: 1,024 attempts on their way; seen by `test/coordinator/dispatch-window.test.ts`",
  },
  {
    name: "10,000 messages wait for a graph, and reading goes on",
    file: "event-intake.ts",
    replace: "if (this.#queue.length >= QUEUED_MAX || this.#queuedBytes >= QUEUED_BYTES_MAX) this.#options.onFull();",
    by: "",
    notSeen: "worlds are too small for so many messages; seen by `test/coordinator/intake.test.ts`",
  },
  {
    name: "messages that come while a graph is read are folded before it",
    file: "event-intake.ts",
    replace: "if (this.#isWaiting) this.#enqueue(copied(message));",
    by: "if (false) this.#enqueue(copied(message));",
    seenBy: "otherwise than in the log",
  },
]);
