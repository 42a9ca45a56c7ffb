import type { AttemptConsumer, AttemptQueues, Delivery, Transport } from "@arpeggio/core";
import { idOf } from "./broker.ts";
import type { Broker, QueueListener } from "./broker.ts";
import { gathered } from "./gathered.ts";
import type { Link } from "./link.ts";

/** The queues as one process sees them: deliveries get lost, come twice, come late. */
export function simulatedQueues(view: Transport, link: Link, broker: Broker): AttemptQueues {
  const { weather, trace, timeline } = link.network;
  const tell = (what: () => string) => trace.add(timeline.nowMs, link.actor.name, what);
  return {
    publish: (attempt) => {
      const { queue, priority, runId, id, bytes } = attempt;
      return link.request(() => view.attempts.publish({ queue, priority, runId, id: broker.storedId(id), bytes }), {
        store: "queues",
        what: () => `publish ${id} to ${queue}`,
        mayBeDone: attempt.mayBeStored === true,
        stillWanted: attempt.stillWanted?.bind(attempt),
      });
    },
    discard: (queue, runId) =>
      link.request(() => view.attempts.discard(queue, runId), { what: () => `discard ${runId} of ${queue}` }),
    async *stored(filter) {
      yield* await link.request(() => gathered(view.attempts.stored(filter)));
    },
    async consume(queue, options, onDelivery): Promise<AttemptConsumer> {
      let isStopped = false;
      const bring = (delivery: Delivery) => {
        link.bring(() => {
          // What comes for a consumer that has stopped stays with the broker, which delivers it again.
          if (isStopped) return;
          tell(() => `gets ${idOf(delivery.bytes)}, delivery ${delivery.deliveryCount}`);
          onDelivery(overLink(delivery, link, broker));
        });
      };
      const listener: QueueListener = {
        queue,
        isGone: () => link.actor.isGone,
        hand: (delivery) => {
          broker.handed(delivery, listener);
          if (link.isLost()) return tell(() => `does not get ${idOf(delivery.bytes)}`);
          bring(delivery);
          if (weather.strikes("duplicate")) bring(delivery);
        },
      };
      const consumer = await link.request(() => view.attempts.consume(queue, options, (one) => listener.hand(one)), {
        again: (first) => Promise.resolve(first),
        isSubscription: true,
        what: () => `consumes ${queue}`,
      });
      broker.addListener(listener);
      return {
        stop: () => {
          isStopped = true;
          broker.removeListener(listener);
          return link.request(() => consumer.stop(), { isSafe: true });
        },
      };
    },
  };
}

function overLink(delivery: Delivery, link: Link, broker: Broker): Delivery {
  const { timeline, trace } = link.network;
  return {
    messageId: delivery.messageId,
    runId: delivery.runId,
    deliveryCount: delivery.deliveryCount,
    priority: delivery.priority,
    bytes: delivery.bytes,
    ack: () =>
      link.tell(() => {
        trace.add(timeline.nowMs, link.actor.name, () => `acks ${idOf(delivery.bytes)}`);
        broker.acknowledged(delivery);
        delivery.ack();
      }),
    release: (delayMs) =>
      link.tell(() => {
        trace.add(timeline.nowMs, link.actor.name, () => `gives back ${idOf(delivery.bytes)} for ${delayMs} ms`);
        delivery.release(delayMs);
      }),
    extend: () => link.tell(() => delivery.extend()),
  };
}
