import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";

/** A process of this example that was started by {@link startProcess}. */
export interface RoleProcess {
  /** Asks it to finish what it has in hand, and waits until it has ended. */
  stop(): Promise<void>;
}

/** Starts a coordinator or a worker in a process of its own; resolves when it is ready to work. */
export async function startProcess(role: "coordinator" | "worker", servers: string): Promise<RoleProcess> {
  const here = fileURLToPath(import.meta.url);
  const program = fileURLToPath(new URL(`./role-process${extname(here)}`, import.meta.url));
  const child = fork(program, [role, servers], { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  await ready(child, role);
  return {
    stop: async () => {
      child.kill("SIGTERM");
      await ended;
    },
  };
}

function ready(child: ChildProcess, role: string): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once("message", () => resolve());
    child.once("error", reject);
    child.once("exit", (code, signal) =>
      reject(new Error(`the ${role} ended (${signal ?? code}) before it was ready`)),
    );
  });
}
