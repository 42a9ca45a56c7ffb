import { createApp, nats, runUntilSignal } from "arpeggio";
import { imageTasks } from "@arpeggio/tasks-image/worker";
import { galleryTasks } from "./tasks.ts";

/** One coordinator or one worker, until a signal or until the process that started it is gone. */
const [role, servers] = process.argv.slice(2);
if ((role !== "coordinator" && role !== "worker") || servers === undefined) {
  throw new Error("usage: role-process (coordinator | worker) <servers>");
}

const app = await createApp({
  name: `gallery-${role}`,
  transport: nats({ servers }),
  roles: [role],
  // Attempts of a worker that is killed are delivered again after this.
  ackWaitMs: 5_000,
  ...(role === "worker" ? { tasks: [...imageTasks(), ...galleryTasks] } : {}),
});
process.once("disconnect", () => process.kill(process.pid, "SIGTERM"));
process.send?.("ready");
await runUntilSignal(app);
if (process.connected) process.disconnect();
