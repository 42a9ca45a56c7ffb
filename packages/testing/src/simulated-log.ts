import { QueueFullError, readEvents } from "@arpeggio/core";
import type { AppendOptions, EventLog, RunEvent, Transport } from "@arpeggio/core";
import type { Broker } from "./broker.ts";
import type { Link } from "./link.ts";

/** The log as one process sees it: appends may be stored twice; what is read comes late, but in order. */
export function simulatedLog(view: Transport, link: Link, broker: Broker): EventLog {
  return {
    partitions: view.events.partitions,
    queuesStarts: true,
    append: (partition, message, options) =>
      link.request(appendOnce(view, broker, { partition, message, options }, link), {
        lane: `append ${partition}`,
        store: "log",
        what: () => `append ${eventsIn(message)}`,
      }),
    claim: (partition, key, message) =>
      link.request(() => view.events.claim(partition, key, message), {
        lane: `append ${partition}`,
        store: "log",
        // A transport finds out what a claim came to whose answer was lost.
        again: (first) => Promise.resolve(first),
        what: () => `claim ${key} with ${eventsIn(message)}`,
      }),
    async read(partition, from, reader, seen) {
      let isStopped = false;
      const channel = link.channel();
      const bring = (run: () => void) =>
        channel(() => {
          if (!isStopped) run();
        });
      const subscription = await link.request(
        () =>
          view.events.read(
            partition,
            from,
            {
              onMessage: ({ sequence, timestampMs, bytes }) => {
                const message = { sequence, timestampMs, bytes: new Uint8Array(bytes) };
                bring(() => reader.onMessage(message));
              },
              onCaughtUp: () => bring(() => reader.onCaughtUp()),
              onError: (error) => bring(() => reader.onError(error)),
            },
            seen,
          ),
        {
          again: (first) => Promise.resolve(first),
          isSubscription: true,
          what: () => `reads partition ${partition} from ${from}`,
        },
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

/** Stores a message, and puts it into its queue, too, the first time that it arrives. The broker may fail to do that. */
function appendOnce(
  view: Transport,
  broker: Broker,
  { partition, message, options }: { partition: number; message: Uint8Array; options: AppendOptions | undefined },
  { network: { weather } }: Link,
): () => Promise<void> {
  if (options?.first === undefined) return () => view.events.append(partition, message, options);
  const { first, ...rest } = options;
  let isQueued = false;
  return async () => {
    await view.events.append(partition, message, rest);
    if (isQueued) return;
    isQueued = true;
    const id = broker.storedId(rest.id ?? "");
    if (weather.strikes("loss")) return;
    await view.attempts.publish({ ...first, id, bytes: message }).catch((error: unknown) => {
      if (!(error instanceof QueueFullError)) throw error;
    });
  };
}

/** For people. */
export function eventsIn(message: Uint8Array): string {
  const found: string[] = [];
  readEvents(
    message,
    (event) => found.push(eventText(event)),
    () => found.push("something undecodable"),
  );
  return found.join(", ");
}

function eventText(event: RunEvent): string {
  switch (event.type) {
    case "attempt.started":
    case "attempt.succeeded":
    case "attempt.failed":
      return `${event.type} ${event.run}:${event.node}:${event.attempt}`;
    case "timer.fired":
      return `timer.fired ${event.run} ${event.timer}`;
    case "expression.evaluated":
      return `expression.evaluated ${event.run} ${event.target}`;
    default:
      return `${event.type} ${event.run}`;
  }
}
