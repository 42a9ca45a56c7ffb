import type { RunHandle } from "@arpeggio/client";

/** What somebody does to a run that is under way, so long after its start or after what was done to it before. */
export type Deed = { readonly afterMs: number } & (
  | { readonly what: "cancel" | "pause" | "resume" }
  | { readonly what: "signal"; readonly name: string; readonly value: unknown }
);

/** How long somebody goes on asking, in milliseconds, and how long between. */
const PATIENCE_MS = 60_000;
const AGAIN_MS = 250;

/** What a user does who does not know whether a request has come through: nobody has answered, or who answered is behind. */
const passing: ReadonlySet<string> = new Set(["NO_ANSWER", "RUN_NOT_ENDED", "STREAM_UNAVAILABLE"]);

/** Does it; `others` are handles of the same run. Resolves when it is certain that the run has heard of it, or has ended. */
export async function doDeed(
  deed: Deed,
  handle: RunHandle<unknown>,
  others: readonly RunHandle<unknown>[],
): Promise<void> {
  await pause(deed.afterMs);
  try {
    switch (deed.what) {
      case "cancel":
        await insisted(() => handle.cancel("nobody wants it any more"));
        return;
      case "pause":
        return await insisted(() => handle.pause("the chaos says so"));
      case "resume":
        return await insisted(() => handle.resume());
      case "signal": {
        const id = `${handle.id}-${String(deed.value)}`;
        const send = (by: RunHandle<unknown>) => insisted(() => by.signal(deed.name, deed.value, { id }));
        await send(handle);
        // Once more by somebody else, who does not know that it was sent: it has an id, and counts once.
        for (const other of others) await send(other);
        return;
      }
    }
  } catch (error) {
    // What it waited for has come meanwhile.
    if (!isCode(error, new Set(["RUN_ENDED", "SIGNAL_NOT_EXPECTED"]))) throw error;
  }
}

/** Does something again and again until it is answered. */
export async function insisted<T>(act: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await act();
    } catch (error) {
      if (!isCode(error, passing) || Date.now() > deadline) throw error;
      await pause(AGAIN_MS);
    }
  }
}

function isCode(error: unknown, codes: ReadonlySet<string>): boolean {
  return codes.has((error as { code?: string }).code ?? "");
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}
