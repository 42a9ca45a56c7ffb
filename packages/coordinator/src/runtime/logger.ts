/** Where a coordinator says what it does. Any common logger fits with a line of glue. */
export interface CoordinatorLogger {
  debug(message: string, data?: unknown): void;
  info(message: string, data?: unknown): void;
  warn(message: string, data?: unknown): void;
  error(message: string, data?: unknown): void;
}

/** Says nothing but warnings and errors, on standard error. */
export const quietLogger: CoordinatorLogger = {
  debug: () => {},
  info: () => {},
  warn: (message, data) => say("warning", message, data),
  error: (message, data) => say("error", message, data),
};

function say(level: string, message: string, data: unknown): void {
  const text = `arpeggio coordinator ${level}: ${message}`;
  if (data === undefined) console.error(text);
  else console.error(text, data);
}
