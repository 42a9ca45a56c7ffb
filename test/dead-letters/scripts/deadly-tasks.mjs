import { task } from "@arpeggio/core";

/** Ends its worker without a word, as the kernel does that has run out of memory. */
export const deadly = task("deadly", () => process.kill(process.pid, "SIGKILL"));
export const harmless = task("harmless", (n) => n + 1);
