/** What can be ended in good order. */
export interface Closable {
  close(): Promise<void>;
}

/** What a process may be told to stop with. Said here, since an app may be checked without the types of Node. */
export type StopSignal = "SIGTERM" | "SIGINT" | "SIGHUP" | "SIGQUIT" | "SIGBREAK" | "SIGUSR1" | "SIGUSR2";

export interface SignalOptions {
  /** @defaultValue `["SIGTERM", "SIGINT"]` */
  readonly signals?: readonly StopSignal[];
  /** Told when the first signal comes in, before anything is closed. */
  readonly onSignal?: (signal: StopSignal) => void;
}

/** What shells report for a process that ended by a signal: 128 and its number. */
const EXIT_CODES: Partial<Record<StopSignal, number>> = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 };

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
  let listener: (signal: StopSignal) => void = () => {};
  const listen = (signal: StopSignal): void => listener(signal);
  for (const signal of signals) process.on(signal, listen);
  try {
    const signal = await new Promise<StopSignal>((resolve) => {
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
