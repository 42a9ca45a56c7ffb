import { inFolder } from "./in-folder.mjs";

/** What a client lets a redrive keep. */
export const redrivesMutations = inFolder("packages/client/src", [
  {
    name: "a redrive ignores `from`",
    file: "redrive.ts",
    replace: "failed: remains.failed, from })",
    by: "failed: remains.failed, from: undefined })",
    seenBy: "was asked to run again from",
  },
  {
    name: "a redrive keeps what needs the node that runs again",
    file: "redrive-plan.ts",
    replace: " || !node.needs.every((need) => kept.has(need))",
    by: "",
    seenBy: "was asked to run again from",
  },
  {
    name: "a redrive keeps nothing",
    file: "redrive-plan.ts",
    replace: "if (this.#definitions.isSameNode(node, before))",
    by: "if (false)",
    seenBy: "nothing asks for it",
  },
]);
