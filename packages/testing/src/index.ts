// --- tests of workflows
export { createTestApp } from "./test-app.ts";
export type { TestApp } from "./test-app.ts";
// --- simulation
export type { Execution } from "./auditor.ts";
export type { Faults } from "./faults.ts";
export type { AnyHandler } from "./sim-tasks.ts";
export { simulateSeed } from "./simulate-seed.ts";
export type { SeedReport } from "./simulate-seed.ts";
export { simulate } from "./simulate.ts";
export type { SimulationOptions, SimulationReport } from "./simulate.ts";
export { SimulationFailedError } from "./simulation-errors.ts";
// --- random canvases
export { anyCanvas, anyInput } from "./any-canvas.ts";
export type { CanvasWithMeaning } from "./any-canvas.ts";
export { isAmong } from "./canvas-ends.ts";
export type { CanvasEnd } from "./canvas-ends.ts";
