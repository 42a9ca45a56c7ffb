import { attemptsMutations } from "./list/attempts.mjs";
import { compositesMutations } from "./list/composites.mjs";
import { undoingMutations } from "./list/undoing.mjs";
import { controlMutations } from "./list/control.mjs";
import { redrivesMutations } from "./list/redrives.mjs";

/** Every mutation, by what it breaks. */
export const areas = [
  { title: "Attempts, timers and joins", mutations: attemptsMutations },
  { title: "Maps, branches, choices, loops and canvases in the place of tasks", mutations: compositesMutations },
  { title: "Scopes, undoing, failures and cancels", mutations: undoingMutations },
  { title: "Pauses, signals and redrives", mutations: controlMutations },
  { title: "What a redrive keeps", mutations: redrivesMutations },
];
