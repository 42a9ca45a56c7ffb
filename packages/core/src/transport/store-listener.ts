/**
 * Is told how a write ended, where a promise for each would cost more than the write: exactly one of the two is called, once,
 * possibly before the call that begins the write has returned. Neither may throw.
 */
export interface StoreListener {
  /** It is durable. */
  onStored(): void;
  /** What the promise would have been rejected with. */
  onFailed(error: Error): void;
}
