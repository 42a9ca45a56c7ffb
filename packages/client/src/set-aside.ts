import { setAside } from "@arpeggio/core";
import type { FoundRecord, Transport } from "@arpeggio/core";

/**
 * Keeps what cannot be decoded in the dead letters. Whoever has asked for it gets the error in any case, and a client need
 * not be allowed to write there, so nothing is said if that fails.
 */
export function keepAside(transport: Transport, found: FoundRecord): void {
  setAside(transport, { ...found, bytes: new Uint8Array(found.bytes) }).catch(() => {});
}
