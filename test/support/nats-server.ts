import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findNatsServers, howToGetOne, type NatsServerProgram } from "../../scripts/nats-server.mjs";
import { freePort } from "./free-port.ts";
import { guardFolder, releaseFolder } from "./guard.ts";
import { startProcess, type RunningProcess } from "./process.ts";

export type { NatsServerProgram } from "../../scripts/nats-server.mjs";

/**
 * The nats-server programs to test with: the oldest and the newest on this machine; one entry when there is only one.
 *
 * @throws when there is none. Tests against a server are never skipped.
 */
export function natsServers(): readonly [NatsServerProgram, ...NatsServerProgram[]] {
  const all = findNatsServers();
  const oldest = all[0];
  const newest = all.at(-1);
  if (oldest === undefined || newest === undefined) throw new Error(howToGetOne());
  return oldest === newest ? [oldest] : [oldest, newest];
}

/** The newest nats-server program on this machine. */
export function newestNatsServer(): NatsServerProgram {
  return natsServers().at(-1) ?? natsServers()[0];
}

export interface NatsServerOptions {
  /** Which program to run: an entry of {@link natsServers}, or a path. The newest by default. */
  readonly binary?: NatsServerProgram | string;
  /** More lines for the server's configuration file, such as `max_payload: 65536`. */
  readonly config?: string;
  /** Where JetStream keeps its data; stays when the server is disposed of. A temporary folder by default, which goes. */
  readonly storeDir?: string;
  /** The port to listen on. A free one by default. */
  readonly port?: number;
}

/** A nats-server with JetStream on the loopback interface. It never outlives the test process. */
export interface NatsServer {
  /** Such as `nats://127.0.0.1:14222`; stays the same over restarts. */
  readonly url: string;
  readonly port: number;
  /** The process now running; another one after a restart. */
  readonly pid: number;
  readonly version: string;
  readonly storeDir: string;
  /** What the server has logged since its last start. */
  readonly log: string;
  /** Ends the server in good order (SIGTERM). Keeps its data. */
  stop(): Promise<void>;
  /** Ends the server as a crash would (SIGKILL). Keeps its data. */
  kill(): Promise<void>;
  /** Starts the server again on the same port and data; stops it before if it still runs. */
  restart(): Promise<void>;
  /** Freezes the server (SIGSTOP): connections stay open, and nothing answers. {@link resume} ends that. */
  pause(): void;
  resume(): void;
  /** Ends the server at once and deletes its temporary data. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** How many ports to try; another process may take one between our look and the server's start. */
const portTriesMax = 5;
/** Milliseconds the server may take until it is ready; opening a large store takes some time. */
const readyMsMax = 30_000;
/** Milliseconds a graceful stop may take; with hundreds of consumers it takes seconds. */
const stopMsMax = 15_000;

/**
 * Starts a nats-server and resolves once it accepts connections.
 *
 * @throws with the server's log when it does not start.
 */
export async function startNatsServer(options: NatsServerOptions = {}): Promise<NatsServer> {
  const binary = options.binary ?? newestNatsServer();
  const path = typeof binary === "string" ? binary : binary.path;
  const folder = mkdtempSync(join(tmpdir(), "arpeggio-nats-"));
  guardFolder(folder);
  try {
    for (let tries = 1; ; tries += 1) {
      const server = new StartedNatsServer(path, folder, options, options.port ?? (await freePort()));
      try {
        await server.start();
        return server;
      } catch (error) {
        const isTaken = String(error).includes("address already in use");
        if (!isTaken || options.port !== undefined || tries === portTriesMax) throw error;
      }
    }
  } catch (error) {
    deleteFolder(folder);
    throw error;
  }
}

class StartedNatsServer implements NatsServer {
  readonly url: string;
  readonly port: number;
  readonly storeDir: string;
  readonly #path: string;
  readonly #folder: string;
  readonly #configFile: string;
  #process: RunningProcess | undefined;
  #isRunning = false;
  #version = "";

  constructor(path: string, folder: string, options: NatsServerOptions, port: number) {
    this.#path = path;
    this.#folder = folder;
    this.port = port;
    this.url = `nats://127.0.0.1:${port}`;
    this.storeDir = options.storeDir ?? join(folder, "store");
    this.#configFile = join(folder, "nats.conf");
    const lines = [
      `listen: "127.0.0.1:${port}"`,
      `jetstream { store_dir: ${JSON.stringify(this.storeDir)} }`,
      options.config ?? "",
    ];
    writeFileSync(this.#configFile, `${lines.join("\n")}\n`);
  }

  get pid(): number {
    return this.#started().pid;
  }

  get version(): string {
    return this.#version;
  }

  get log(): string {
    return this.#process?.output ?? "";
  }

  async start(): Promise<void> {
    const server = startProcess(this.#path, ["-c", this.#configFile]);
    this.#process = server;
    this.#isRunning = true;
    try {
      const [, version = ""] = await server.waitFor(/Version:\s+v?(\S+)/, readyMsMax);
      this.#version = version;
      await server.waitFor(/Listening for client connections/, readyMsMax);
      await server.waitFor(/Server is ready/, readyMsMax);
    } catch (error) {
      await this.kill();
      throw error;
    }
  }

  async stop(): Promise<void> {
    if (!this.#isRunning) return;
    const server = this.#started();
    // A frozen server could not hear SIGTERM.
    this.resume();
    const timer = setTimeout(() => void server.kill(), stopMsMax);
    await server.kill("SIGTERM");
    clearTimeout(timer);
    this.#isRunning = false;
  }

  async kill(): Promise<void> {
    if (!this.#isRunning) return;
    await this.#started().kill();
    this.#isRunning = false;
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  pause(): void {
    process.kill(this.pid, "SIGSTOP");
  }

  resume(): void {
    process.kill(this.pid, "SIGCONT");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    deleteFolder(this.#folder);
  }

  #started(): RunningProcess {
    if (this.#process === undefined || !this.#isRunning) throw new Error(`the nats-server of ${this.url} does not run`);
    return this.#process;
  }
}

function deleteFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  releaseFolder(folder);
}
