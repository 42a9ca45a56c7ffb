/** Short, so that a test sees many takeovers and redeliveries. */
export const leaseMs = 1_000;
export const ackWaitMs = 2_000;
/** Settings of the transport that every process of the test must agree on. */
export const retention = { prefix: "crash", partitions: 2 };
