// Nothing but the wait for the result keeps this program alive while the retry delay runs.
import { createApp, task } from "arpeggio";

const flaky = task("flaky", { retry: { attempts: 2, delay: "300ms", jitter: false } }, (_, { attempt }) => {
  if (attempt === 1) throw new Error("not yet");
  return `done at attempt ${attempt}`;
});
const app = await createApp();
console.log(await (await app.run(flaky, null)).result());
