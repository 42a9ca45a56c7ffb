import { TransportClosedError } from "@arpeggio/core";
import { ClientClosedError } from "./client-errors.ts";

/**
 * Does what somebody asks of a client who may close it meanwhile. An app closes its transport right after its client, but its user
 * knows of the app only.
 *
 * @throws ClientClosedError
 */
export async function whileOpen<T>(isClosed: () => boolean, act: () => Promise<T>): Promise<T> {
  if (isClosed()) throw new ClientClosedError();
  try {
    return await act();
  } catch (error) {
    throw closedOr(isClosed, error);
  }
}

/** The error for its user. */
export function closedOr(isClosed: () => boolean, error: unknown): unknown {
  return error instanceof TransportClosedError && isClosed() ? new ClientClosedError() : error;
}
