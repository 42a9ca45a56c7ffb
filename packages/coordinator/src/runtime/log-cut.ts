import { decodePayload, encodePayload } from "@arpeggio/core";
import type { Transport } from "@arpeggio/core";

/**
 * Where the log of a partition was cut: its server came back without the newest messages, after a power loss or from an older
 * backup. New messages get the numbers of the lost ones, so states that were written before must not keep theirs. The note stays
 * until all of them are written anew; whoever takes the partition over in the middle goes on with it.
 */
export async function readLogCut(transport: Transport, partition: number): Promise<number | undefined> {
  const entry = await transport.bucket("partitions").get(keyOf(partition));
  if (entry === undefined) return undefined;
  const [last] = decodePayload(entry.value) as readonly unknown[];
  return typeof last === "number" ? last : undefined;
}

export async function noteLogCut(transport: Transport, partition: number, last: number): Promise<void> {
  await transport.bucket("partitions").put(keyOf(partition), encodePayload([last]));
}

export async function clearLogCut(transport: Transport, partition: number): Promise<void> {
  await transport.bucket("partitions").delete(keyOf(partition));
}

function keyOf(partition: number): string {
  return `cut-${partition}`;
}
