export declare const leaseMs: number;
export declare const ackWaitMs: number;
export declare const retention: { readonly prefix: string; readonly partitions: number };
