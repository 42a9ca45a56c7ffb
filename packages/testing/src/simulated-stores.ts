import { decodeLease, RevisionMismatchError } from "@arpeggio/core";
import type { BlobStore, BucketName, KeyValue, Transport } from "@arpeggio/core";
import { gathered } from "./gathered.ts";
import type { Link } from "./link.ts";

/** A bucket as one process sees it. */
export function simulatedBucket(view: Transport, link: Link, name: BucketName): KeyValue {
  const bucket = view.bucket(name);
  const { weather } = link.network;
  // A server says so to who sends a write again that it has done.
  const conditional = async (writing: Promise<number>, key: string, revision: number): Promise<number> => {
    const stored = await writing;
    if (weather.strikes("conflict")) throw new RevisionMismatchError(key, revision);
    return stored;
  };
  // Beats of workers would fill the trace and tell nothing.
  const told = (what: () => string) => (name === "workers" ? {} : { what: () => `${what()} in ${name}` });
  return {
    get: (key) => link.request(() => bucket.get(key)),
    newest: (pattern) => link.request(() => bucket.newest(pattern)),
    put: (key, value) => link.request(() => bucket.put(key, value), { store: "records", ...told(() => `put ${key}`) }),
    putAt: (key, value, revision) =>
      link.request(() => conditional(bucket.putAt(key, value, revision), key, revision), {
        store: "records",
        // A transport finds out what a conditional write came to whose answer was lost, unless another came after it.
        again: async (first) => {
          if ((await bucket.get(key))?.revision === first) return first;
          throw new RevisionMismatchError(key, revision);
        },
        ...told(() => `put ${key}${leaseIn(name, value)} at ${revision}`),
      }),
    delete: (key, revision) =>
      link.request(
        () => bucket.delete(key, revision),
        told(() => `delete ${key}`),
      ),
    async *entries(pattern) {
      yield* await link.request(() => gathered(bucket.entries(pattern)));
    },
    async observe(pattern, onEntry) {
      let isStopped = false;
      const channel = link.channel();
      const subscription = await link.request(
        () =>
          bucket.observe(pattern, (entry) => {
            if (link.isLost()) return;
            channel(() => {
              if (!isStopped) onEntry(entry);
            });
          }),
        { again: (first) => Promise.resolve(first), isSubscription: true },
      );
      return {
        stop: () => {
          isStopped = true;
          return link.request(() => subscription.stop(), { isSafe: true });
        },
      };
    },
  };
}

export function simulatedBlobs(view: Transport, link: Link): BlobStore {
  const { blobs } = view;
  return {
    put: (key, bytes) => link.request(() => blobs.put(key, bytes), { store: "blobs", what: () => `put blob ${key}` }),
    get: (key) => link.request(() => blobs.get(key)),
    delete: (key) => link.request(() => blobs.delete(key), { what: () => `delete blob ${key}` }),
    async *list(prefix) {
      yield* await link.request(() => gathered(blobs.list(prefix)));
    },
  };
}

function leaseIn(name: BucketName, value: Uint8Array): string {
  if (name !== "partitions") return "";
  const { owner, epoch, mark } = decodeLease(value);
  return ` (${owner === "" ? "nobody" : owner}, epoch ${epoch}, mark ${mark})`;
}
