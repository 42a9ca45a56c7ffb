import type { ErrorInfo } from "@arpeggio/core";

/**
 * An error that was thrown in another process, put together again from what is left of it: its name, message, code, causes,
 * and the stack of that process. It is not an instance of the class it once was.
 */
export function remoteError(info: ErrorInfo): Error {
  const error = new Error(info.message, info.cause === undefined ? undefined : { cause: remoteError(info.cause) });
  Object.defineProperty(error, "name", { value: info.name, configurable: true, writable: true });
  // Without a stack of its own it gets none: that of this process would point at the wrong place.
  Object.defineProperty(error, "stack", {
    value: info.stack ?? `${info.name}: ${info.message}`,
    configurable: true,
    writable: true,
  });
  if (info.code !== undefined) Object.assign(error, { code: info.code });
  return error;
}
