import { inFolder } from "./in-folder.mjs";

/** Workers. */
export const workerMutations = inFolder("packages/worker/src", [
  {
    name: "an attempt is acknowledged before its outcome is stored",
    file: "patient-reports.ts",
    replace: "    write((error) => {\n      if (error === undefined) this.#options.onReported(held);",
    by: "    held.ack();\n    write((error) => {\n      if (error === undefined) this.#options.onReported(held);",
    seenBy: "was dispatched twice",
  },
  {
    name: "outcomes are reported as of the first attempt",
    file: "outcome-reports.ts",
    replace: "encodeEvent(event)",
    by: 'encodeEvent("attempt" in event ? { ...event, attempt: 1 } : event)',
    seenBy: "was dispatched twice",
  },
  {
    name: "every failure is reported as permanent",
    file: "outcome-reports.ts",
    replace: "attempt, failure }",
    by: "attempt, failure: { ...failure, permanent: true } }",
    seenBy: "fails this time",
  },
  {
    name: "an attempt is not acknowledged when its outcome is stored",
    file: "attempt-desk.ts",
    replace: "    held.ack();\n    this.#done.note(held.messageId);",
    by: "    this.#done.note(held.messageId);",
    seenBy: "was executed twice",
  },
  {
    name: "an outcome that could not be stored is forgotten",
    file: "patient-reports.ts",
    replace: "transport.clock.after(RETRY_DELAY_MS, () => this.#report(held, write, instead));",
    by: "{}",
    seenBy: "goes on",
  },
  {
    name: "a worker takes everything for done",
    file: "attempt-desk.ts",
    replace: "delivery.deliveryCount > 1 && this.#done.has(delivery.messageId)",
    by: "delivery.deliveryCount > 1",
    seenBy: "was dispatched twice",
  },
]);
