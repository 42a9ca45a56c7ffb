import type { BucketName, KeyValue, Transport } from "@arpeggio/core";
import type { Broker } from "./broker.ts";
import type { Link } from "./link.ts";
import { simulatedBus } from "./simulated-bus.ts";
import { simulatedLog } from "./simulated-log.ts";
import { simulatedQueues } from "./simulated-queues.ts";
import { simulatedBlobs, simulatedBucket } from "./simulated-stores.ts";

/** The broker as one process sees it over its link. */
export function simulatedTransport(view: Transport, link: Link, broker: Broker): Transport {
  const buckets = new Map<BucketName, KeyValue>();
  return {
    name: "simulated",
    limits: view.limits,
    events: simulatedLog(view, link, broker),
    attempts: simulatedQueues(view, link, broker),
    blobs: simulatedBlobs(view, link),
    bus: simulatedBus(view, link),
    clock: link.actor.clock,
    bucket(name) {
      const bucket = buckets.get(name) ?? simulatedBucket(view, link, name);
      buckets.set(name, bucket);
      return bucket;
    },
    close: () => link.request(() => view.close()),
  };
}
