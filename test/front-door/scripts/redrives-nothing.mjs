// Nothing but the question about the run keeps this program alive until nobody turns out to know it.
import { createTestApp } from "@arpeggio/testing";

const app = await createTestApp();
await app.redrive("no-such-run").catch(({ code }) => console.log(code));
