export type { EmbeddedOptions } from "./embedded-options.ts";
export { createEmbeddedTransport, embedded } from "./embedded-transport.ts";
export type { EmbeddedTransport } from "./embedded-transport.ts";
export { manualClock } from "./manual-clock.ts";
export type { ManualClock } from "./manual-clock.ts";
