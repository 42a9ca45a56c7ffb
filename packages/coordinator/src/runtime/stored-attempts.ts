import { decodeAttempt } from "@arpeggio/core";
import type { Transport } from "@arpeggio/core";

/** Which attempts of a run are stored now, queued or in a worker's hands. Those who ask at the same time share one look. */
export class StoredAttempts {
  readonly #transport: Transport;
  readonly #looks = new Map<string, Promise<ReadonlySet<string>>>();

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  async has(runId: string, node: number, attempt: number): Promise<boolean> {
    return (await this.of(runId)).has(attemptKey(node, attempt));
  }

  /** By {@link attemptKey}. */
  of(runId: string): Promise<ReadonlySet<string>> {
    let look = this.#looks.get(runId);
    if (look === undefined) {
      look = this.#look(runId).finally(() => this.#looks.delete(runId));
      this.#looks.set(runId, look);
    }
    return look;
  }

  async #look(runId: string): Promise<ReadonlySet<string>> {
    const found = new Set<string>();
    for await (const { bytes } of this.#transport.attempts.stored({ runId })) {
      try {
        const { node, attempt } = decodeAttempt(bytes);
        found.add(attemptKey(node, attempt));
      } catch {
        // Whoever takes it sets it aside; the attempt that it may have been is sent again.
      }
    }
    return found;
  }
}

export function attemptKey(node: number, attempt: number): string {
  return `${node}:${attempt}`;
}
