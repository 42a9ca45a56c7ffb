/** What can be ended in good order. */
export interface Closable {
  close(): Promise<void>;
}

export interface SignalOptions {
  /** @defaultValue `["SIGTERM", "SIGINT"]` */
  readonly signals?: readonly NodeJS.Signals[];
  /** Told when the first signal comes in, before anything is closed. */
  readonly onSignal?: (signal: NodeJS.Signals) => void;
}

/** What shells report for a process that ended by a signal: 128 and its number. */
const EXIT_CODES: Partial<Record<NodeJS.Signals, number>> = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 };

/**
 * For processes that work until they are told to stop: waits for SIGTERM or SIGINT, closes the app in good order, and
 * resolves when that is done. A second signal ends the process at once, with the exit code that shells give to it.
 *
 * ```ts
 * const app = await createApp({ transport: nats({ servers }), roles: ["worker"], tasks });
 * await runUntilSignal(app);
 * ```
 */
export async function runUntilSignal(app: Closable, options: SignalOptions = {}): Promise<void> {
  const { signals = ["SIGTERM", "SIGINT"], onSignal } = options;
  // Nothing else may keep the process alive: the embedded transport opens no sockets.
  const hold = setInterval(() => {}, 2 ** 30);
  let listener: (signal: NodeJS.Signals) => void = () => {};
  const listen = (signal: NodeJS.Signals): void => listener(signal);
  for (const signal of signals) process.on(signal, listen);
  try {
    const signal = await new Promise<NodeJS.Signals>((resolve) => {
      listener = resolve;
    });
    listener = (second) => process.exit(EXIT_CODES[second] ?? 1);
    onSignal?.(signal);
    await app.close();
  } finally {
    for (const signal of signals) process.off(signal, listen);
    clearInterval(hold);
  }
}
