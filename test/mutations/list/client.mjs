import { inFolder } from "./in-folder.mjs";

/** Clients. */
export const clientMutations = inFolder("packages/client/src", [
  {
    name: "a client never asks for an outcome it was not told of",
    file: "outcome-board.ts",
    replace: "      this.#askDue();\n      this.#planLook();",
    by: "      this.#planLook();",
    seenBy: "waits for",
  },
  {
    name: "a chosen id is not claimed",
    file: "run-starter.ts",
    replace: "await this.#transport.events.claim(partition, start.run, encodeEvent(start))",
    by: "{ claimed: true, message: await this.#transport.events.append(partition, encodeEvent(start), { origin: 'client' }) }",
    seenBy: "comes to something else from one of its checkpoints",
  },
]);
