import type { LocalTask } from "@arpeggio/core";

export declare const increment: LocalTask<"crash.increment", number, number>;
export declare const double: LocalTask<"crash.double", number, number>;
export declare const flaky: LocalTask<"crash.flaky", number, number>;
export declare const sum: LocalTask<"crash.sum", readonly number[], number>;
