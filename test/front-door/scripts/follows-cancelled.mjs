// Nothing but the wait for the next update keeps this program alive once the run is cancelled.
import { createApp, sleep } from "arpeggio";

const app = await createApp();
const run = await app.run(sleep("1h"), null);
for await (const update of run.events()) {
  if (update.type === "snapshot") void run.cancel();
  if (update.type === "ended") console.log(update.state);
}
