import { attemptsMutations } from "./list/attempts.mjs";
import { compositesMutations } from "./list/composites.mjs";
import { undoingMutations } from "./list/undoing.mjs";
import { controlMutations } from "./list/control.mjs";
import { checkpointMutations } from "./list/checkpoint.mjs";
import { runtimeMutations } from "./list/runtime.mjs";
import { storesMutations } from "./list/stores.mjs";
import { workerMutations } from "./list/worker.mjs";
import { clientMutations } from "./list/client.mjs";
import { transportMutations } from "./list/transport.mjs";

/** Every mutation, by what it breaks. */
export const areas = [
  { title: "Attempts, timers and joins", mutations: attemptsMutations },
  { title: "Maps, branches, choices, loops and canvases in the place of tasks", mutations: compositesMutations },
  { title: "Scopes, undoing, failures and cancels", mutations: undoingMutations },
  { title: "Pauses, signals and redrives", mutations: controlMutations },
  { title: "What a state is stored and restored with", mutations: checkpointMutations },
  { title: "Owners of partitions", mutations: runtimeMutations },
  { title: "States, outcomes, and who tidies up", mutations: storesMutations },
  { title: "Workers", mutations: workerMutations },
  { title: "Clients", mutations: clientMutations },
  { title: "The transport in memory", mutations: transportMutations },
];
