import type { NatsOptions } from "@arpeggio/transport-nats";

export declare const leaseMs: number;
export declare const ackWaitMs: number;
export declare const drainTimeoutMs: number;
export declare const janitorMs: number;
export declare function transportOptions(installation: string): NatsOptions;
