import { setTimeout as wait } from "node:timers/promises";
import { FlowProducer, Queue, QueueEvents } from "bullmq";
import { runClient } from "../../client-loop.mjs";
import { connection, queueName } from "./connection.mjs";

/** Jobs added by one command. */
const bulkMax = 500;

// The default keeps about 10,000 events, and a client that falls further behind never hears of a completion.
const queue = new Queue(queueName, { connection, streams: { events: { maxLen: 1_000_000 } } });
const events = new QueueEvents(queueName, { connection });
const flows = new FlowProducer({ connection });
for (const opened of [queue, events, flows]) {
  opened.on("error", (error) => console.error(error));
  // A listener a job in hand is what `waitUntilFinished` takes; Node would warn from the eleventh on.
  opened.setMaxListeners(0);
  await opened.waitUntilReady();
}

/**
 * Resolves when completions are heard of: the reader begins with what is new when its first request arrives, and whoever
 * waits for a job that completes before that waits for ever.
 */
async function untilHeard() {
  for (;;) {
    const heard = new Promise((resolve) => events.once("completed", () => resolve(true)));
    await queue.add("ident", {});
    if (await Promise.race([heard, wait(200, false)])) return;
  }
}

process.on("SIGTERM", () => process.exit());
await untilHeard();
await runClient({
  // The events carry the return values, which is cheaper than waiting for each job by itself.
  async tasks(payloads) {
    const results = [];
    const { promise: done, resolve } = withResolver();
    const onCompleted = ({ returnvalue }) => {
      if (results.push(returnvalue) === payloads.length) resolve();
    };
    events.on("completed", onCompleted);
    for (let first = 0; first < payloads.length; first += bulkMax) {
      await queue.addBulk(payloads.slice(first, first + bulkMax).map((data) => ({ name: "ident", data })));
    }
    await done;
    events.off("completed", onCompleted);
    return results;
  },

  async one(data) {
    const job = await queue.add("ident", data);
    return job.waitUntilFinished(events);
  },

  /** A chain is a flow nested the other way round: the first step is the innermost child. */
  async chain(data, length) {
    let flow = { name: "addOne", queueName, data };
    for (let step = 1; step < length; step += 1) flow = { name: "addOne", queueName, data: {}, children: [flow] };
    const { job } = await flows.add(flow);
    return job.waitUntilFinished(events);
  },

  async chord(payloads) {
    const children = payloads.map((data) => ({ name: "ident", queueName, data }));
    const { job } = await flows.add({ name: "total", queueName, data: {}, children });
    return job.waitUntilFinished(events);
  },
});

function withResolver() {
  let resolve;
  const promise = new Promise((settle) => (resolve = settle));
  return { promise, resolve };
}
