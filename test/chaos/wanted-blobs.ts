import { BlobNotFoundError, decodeOutcome, decodeRemains, loadPayload, remainsKey } from "@arpeggio/core";
import type { Payload, Transport } from "@arpeggio/core";

/**
 * Those of the blobs that nothing stored refers to: neither the outcome of their run, nor what a run without success has left
 * for a redrive, nor what the run is folded with again when somebody asks for its past. They have no retention to wait for.
 */
export async function unwantedBlobs(transport: Transport, keys: readonly string[]): Promise<readonly string[]> {
  const byRun = new Map<string, string[]>();
  for (const key of keys) {
    const run = key.slice(0, key.indexOf("/"));
    byRun.set(run, [...(byRun.get(run) ?? []), key]);
  }
  const unwanted: string[] = [];
  for (const [run, own] of byRun) {
    const wanted = await wantedBy(transport, run);
    const isOfStart = (key: string) => key.startsWith(`${run}/input-`) || key.startsWith(`${run}/kept-`);
    unwanted.push(...own.filter((key) => !wanted.has(key) && !(wanted.has(run) && isOfStart(key))));
  }
  return unwanted;
}

/** The keys, and the run itself where its outcome is stored. */
async function wantedBy(transport: Transport, run: string): Promise<ReadonlySet<string>> {
  const wanted = new Set<string>();
  const entry = await transport.bucket("results").newest(`${run}.*`);
  if (entry === undefined) return wanted;
  const { state, value, named = {}, blobs = [] } = decodeOutcome(entry.value);
  for (const key of [run, ...blobs]) wanted.add(key);
  const values: Payload[] = [...(value === undefined ? [] : [value]), ...Object.values(named)];
  const left = state === "succeeded" ? undefined : await found(transport, remainsKey(run));
  if (left !== undefined) {
    wanted.add(remainsKey(run));
    const { input, succeeded } = decodeRemains(left);
    values.push(input, ...succeeded.flatMap((one) => (one.value === undefined ? [] : [one.value])));
  }
  for (const one of values) {
    await loadPayload(one, async (key) => {
      wanted.add(key);
      return transport.blobs.get(key);
    });
  }
  return wanted;
}

async function found({ blobs }: Transport, key: string): Promise<Uint8Array | undefined> {
  try {
    return await blobs.get(key);
  } catch (error) {
    if (error instanceof BlobNotFoundError) return undefined;
    throw error;
  }
}
