import { inspect } from "node:util";
import type { Logger } from "arpeggio";
import { shownLine, tell } from "./terminal.ts";

/** One line an event, on standard error, so that standard output stays free for results. */
export function lineLogger(isVerbose: boolean): Logger {
  const say = (level: string) => (message: string, data?: unknown) => {
    const more = data === undefined ? "" : ` ${inspect(data, { breakLength: Infinity, depth: isVerbose ? 6 : 2 })}`;
    tell(`${new Date().toISOString()} ${level} ${shownLine(message)}${more}`);
  };
  return { debug: isVerbose ? say("debug") : () => {}, info: say("info"), warn: say("warn"), error: say("error") };
}
