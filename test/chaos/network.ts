import { execFileSync } from "node:child_process";

/** Where a process runs: the start of its command line, and the address at which others find it. */
export interface Place {
  readonly address: string;
  readonly command: readonly string[];
}

/** A place with a link of its own. */
export interface LinkedPlace extends Place {
  /** Takes the link down or up. Packets are lost without a word, connections stay open. */
  setLink(isUp: boolean): void;
}

/**
 * A bridge with one namespace for each linked process, on this machine alone: no address outside of it is touched.
 * Everything goes when the process ends.
 */
export class Network {
  /** For processes without a link of their own. */
  readonly hub: Place;
  readonly #prefix: string;
  readonly #subnet: string;
  readonly #namespaces: string[] = [];

  private constructor(prefix: string, subnet: string) {
    this.#prefix = prefix;
    this.#subnet = subnet;
    this.hub = { address: `${subnet}.1`, command: [] };
  }

  /** Why there can be no namespaces here is in the error. */
  static open(): Network {
    sweep();
    // Addresses that are set aside for tests between networks (RFC 2544), so nobody is reached by them.
    const network = new Network(`ar${process.pid}`, `198.18.${process.pid % 256}`);
    const bridge = network.#bridge;
    ip("link", "add", bridge, "type", "bridge");
    process.once("exit", () => network.close());
    ip("addr", "add", `${network.hub.address}/24`, "dev", bridge);
    ip("link", "set", bridge, "up");
    return network;
  }

  /** A namespace of its own for one process. */
  place(name: string): LinkedPlace {
    const namespace = `${this.#prefix}${name}`;
    const address = `${this.#subnet}.${10 + this.#namespaces.length}`;
    ip("netns", "add", namespace);
    this.#namespaces.push(namespace);
    ip("link", "add", namespace, "type", "veth", "peer", "name", "eth0", "netns", namespace);
    ip("link", "set", namespace, "master", this.#bridge, "up");
    ip("-n", namespace, "addr", "add", `${address}/24`, "dev", "eth0");
    for (const device of ["lo", "eth0"]) ip("-n", namespace, "link", "set", device, "up");
    return {
      address,
      command: ["ip", "netns", "exec", namespace],
      setLink: (isUp) => ip("link", "set", namespace, isUp ? "up" : "down"),
    };
  }

  close(): void {
    for (const namespace of this.#namespaces.splice(0)) quietly(() => ip("netns", "del", namespace));
    quietly(() => ip("link", "del", this.#bridge));
  }

  get #bridge(): string {
    return `${this.#prefix}br`;
  }
}

/** What a process that was killed has left behind: names begin with `ar` and its id. */
function sweep(): void {
  const owner = (name: string) => Number(/^ar(\d+)(?:br|[a-z]\d)$/.exec(name)?.[1] ?? 0);
  const isLeft = (name: string) => owner(name) > 0 && !isRunning(owner(name));
  const namespaces = ip("netns", "list")
    .split("\n")
    .map((line) => line.split(" ")[0] ?? "");
  for (const name of namespaces.filter(isLeft)) quietly(() => ip("netns", "del", name));
  const links = ip("-o", "link")
    .split("\n")
    .map((line) => /^\d+: ([^:@]+)/.exec(line)?.[1] ?? "");
  for (const name of links.filter(isLeft)) quietly(() => ip("link", "del", name));
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function ip(...args: string[]): string {
  return execFileSync("ip", args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

function quietly(act: () => void): void {
  try {
    act();
  } catch {
    // It is gone already.
  }
}
