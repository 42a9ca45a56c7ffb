/** A nats-server program on this machine. */
export interface NatsServerProgram {
  readonly path: string;
  readonly version: string;
}

export function findNatsServers(): NatsServerProgram[];
export function ensureNatsServers(options?: { log?: (line: string) => void }): Promise<NatsServerProgram[]>;
export function howToGetOne(reasons?: readonly string[]): string;
