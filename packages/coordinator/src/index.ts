export { createCoordinator } from "./coordinator.ts";
export type { Coordinator, CoordinatorOptions } from "./coordinator.ts";
export { CoordinatorStoppedError } from "./coordinator-errors.ts";
export type { CoordinatorLogger } from "./runtime/logger.ts";
export type { CoordinatorStats } from "./runtime/stats.ts";
export { LogReplay } from "./replay.ts";
export type { ReplayedNode, ReplayedRun, ReplaySources } from "./replay.ts";
