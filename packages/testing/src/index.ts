export { anyCanvas } from "./any-canvas.ts";
export type { CanvasWithMeaning } from "./any-canvas.ts";
export { simulateSeed } from "./simulate-seed.ts";
export type { SeedReport } from "./simulate-seed.ts";
