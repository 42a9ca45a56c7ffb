import { Worker } from "bullmq";
import { addOne, total } from "../../payload.mjs";
import { connection, queueName } from "./connection.mjs";

const tasks = {
  ident: (job) => job.data,
  // The first step of a chain carries its value; a later one takes the value of its only child.
  addOne: async (job) => addOne(job.data.v === undefined ? (await childValues(job))[0] : job.data),
  total: async (job) => total(await childValues(job)),
};

async function childValues(job) {
  return Object.values(await job.getChildrenValues());
}

const worker = new Worker(queueName, async (job) => tasks[job.name](job), { connection, concurrency: 50 });
worker.on("error", (error) => console.error(error));
worker.on("failed", (job, error) => console.error(job?.name, error));
await worker.waitUntilReady();

process.on("SIGTERM", () => process.exit());
process.on("disconnect", () => process.exit());
process.send({ kind: "ready" });
