import { NoAnswerError } from "@arpeggio/core";
import type { MessageBus, Transport } from "@arpeggio/core";
import type { Link } from "./link.ts";

const LANE = "bus";

/** The bus as one process sees it: in order, and at most once. */
export function simulatedBus(view: Transport, link: Link): MessageBus {
  const { bus } = view;
  return {
    publish: (subject, message) => link.tell(() => bus.publish(subject, message), LANE),
    async subscribe(pattern, onMessage) {
      let isStopped = false;
      const channel = link.channel();
      const subscription = await link.request(
        () =>
          bus.subscribe(pattern, (message) => {
            if (link.isLost()) return;
            const { subject, bytes } = message;
            const answer = (reply: Uint8Array) => link.tell(() => message.respond(reply), LANE);
            channel(() => {
              if (!isStopped) onMessage({ subject, bytes, respond: answer });
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
    request: (subject, message, timeoutMs) =>
      new Promise((resolve, reject) => {
        const timer = link.actor.clock.after(timeoutMs, () => reject(new NoAnswerError(subject, timeoutMs)));
        const answered = (end: () => void) => {
          timer.cancel();
          link.bring(end);
        };
        link.tell(() => {
          bus.request(subject, message, timeoutMs).then(
            (answer) => answered(() => resolve(answer)),
            (error: Error) => answered(() => reject(error)),
          );
        }, LANE);
      }),
    flush: () => link.request(() => bus.flush(), { lane: LANE }),
  };
}
