import { inFolder } from "./in-folder.mjs";

/** The transport in memory. */
export const transportMutations = inFolder("packages/transport-embedded/src", [
  {
    name: "what a worker has gone silent about is not delivered again",
    file: "memory-consumer.ts",
    replace: "this.#queue.takeBack(delivery.message, 0);",
    by: "",
    seenBy: "goes on",
  },
  {
    name: "what is acknowledged stays stored",
    file: "memory-consumer.ts",
    replace: "if (!delivery.message.isGone) this.#queue.remove(delivery.message);",
    by: "",
    seenBy: "goes on",
  },
  {
    name: "a put that names a revision does not compare it",
    file: "bucket.ts",
    replace:
      "if ((this.#entries.get(key)?.revision ?? 0) !== revision) throw new RevisionMismatchError(key, revision);",
    by: "",
    seenBy: "are owned, out of",
  },
  {
    name: "a claim is given to each who asks",
    file: "partition-log.ts",
    replace: "if (owner !== undefined) return { claimed: false, message: new Uint8Array(owner) };",
    by: "",
    seenBy: "comes to something else from one of its checkpoints",
  },
  {
    name: "a log is read from one message too late",
    file: "partition-log.ts",
    replace: "if (sequence < from) continue;",
    by: "if (sequence < from || (from > 1 && sequence === from)) continue;",
    seenBy: "RunNotFoundError",
  },
]);
