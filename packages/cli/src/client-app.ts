import { createApp } from "arpeggio";
import type { App } from "arpeggio";
import { ArgumentInvalidError } from "./cli-errors.ts";
import { serverTransport } from "./server-options.ts";
import type { ServerOptions } from "./server-options.ts";

/** Opens an app that only asks, for the time of one use. */
export async function withClientApp<T>(options: ServerOptions, use: (app: App) => Promise<T>): Promise<T> {
  const app = await createApp({ transport: serverTransport(options), roles: ["client"], name: "cli" });
  try {
    return await use(app);
  } finally {
    await app.close();
  }
}

/** The label in `tenant=42`. @throws ArgumentInvalidError */
export function labelIn(text: string): Readonly<Record<string, string>> {
  const at = text.indexOf("=");
  if (at < 1) throw new ArgumentInvalidError("--label", text, "a name and a value, such as tenant=42");
  return { [text.slice(0, at)]: text.slice(at + 1) };
}

/** A whole number from 1 on. @throws ArgumentInvalidError */
export function countIn(option: string, text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isSafeInteger(value) || value < 1)
    throw new ArgumentInvalidError(option, text, "a whole number, 1 or more");
  return value;
}
