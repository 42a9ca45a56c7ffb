/** How long a silent coordinator keeps its partitions. */
export const leaseMs = 2_000;
/** How long an attempt may go without a sign of life. */
export const ackWaitMs = 3_000;
/** How long a worker that is told to stop waits for what runs. */
export const drainTimeoutMs = 3_000;

/** How long coordinators rest between two rounds of tidying up. */
export const janitorMs = 10_000;

/** What every process of the installation opens; `installation` is JSON with `servers` and `replicas`. */
export function transportOptions(installation) {
  const { servers, replicas } = JSON.parse(installation);
  // Small, so that many values travel through the blob store and none of them is a burden.
  return { servers, replicas, prefix: "chaos", partitions: 4, inlineBytesMax: 16 * 1024 };
}
