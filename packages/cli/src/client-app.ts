import { createApp } from "arpeggio";
import type { App } from "arpeggio";
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
