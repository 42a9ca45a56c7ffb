import { chain, createApp, nats, task, type App, type Logger } from "arpeggio";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startNatsServer, type NatsServer } from "../support/nats-server.ts";
import { refusal } from "./refusal.ts";

const denying = (user: string, subjects: readonly string[]) =>
  `{ user: "${user}", password: "p", permissions: { publish: { deny: ${JSON.stringify(subjects)} } } }`;
const config = `authorization { users: [
  { user: "all", password: "p" }
  ${denying("mute", ["arp.ev.>"])}
  ${denying("graphless", ["$KV.arp_graphs.>"])}
  ${denying("taskless", ["other.task.>"])}
  ${denying("blind", ["$JS.API.CONSUMER.>"])}
  ${denying("apiless", ["$JS.API.>"])}
] }`;

const increment = task("increment", (n: number) => n + 1);
let server: NatsServer;
/** Does everything that the user in question may not. */
let helper: App;
beforeAll(async () => {
  server = await startNatsServer({ config });
  helper = await createApp({ transport: as("all"), tasks: [increment] });
});
afterAll(async () => {
  await helper.close();
  await server[Symbol.asyncDispose]();
});

function as(user: string) {
  return nats({ servers: server.url, user, pass: "p", onWarning: () => {} });
}

test.each([
  ["mute", "arp.ev."],
  ["graphless", "$KV.arp_graphs."],
])("a client that is %s cannot start runs, and is told the subject", async (user, subject) => {
  await using app = await createApp({ transport: as(user), roles: ["client"] });
  const error = await refusal(() => app.run(increment, 1));
  expect(error).toMatchObject({ code: "PERMISSION_MISSING", action: "publish" });
  expect(error).toHaveProperty("subject", expect.stringContaining(subject));
  expect(error.message).toContain(subject);
});

test.each(["apiless", "blind"])("a worker and a coordinator that are %s do not start", async (user) => {
  const worker = await refusal(() => createApp({ transport: as(user), roles: ["worker"], tasks: [increment] }));
  expect(worker).toMatchObject({ code: "PERMISSION_MISSING" });
  expect(worker.message).toContain("$JS.API.");
});

test("a worker that cannot report says so, gives its attempt back, and another one does it", async () => {
  const { log, error } = listening("error");
  const lonely = task("lonely", { queue: "lonely" }, (n: number) => n + 1);
  const mute = await createApp({ transport: as("mute"), roles: ["worker"], tasks: [lonely], log });
  await using client = await createApp({ transport: as("all"), roles: ["client"] });
  const run = await client.run(lonely, 1);
  expect(await error).toMatchObject({ code: "PERMISSION_MISSING" });
  await mute.close();
  await helper.register([lonely]);
  expect(await run.result()).toBe(2);
});

test("a coordinator that cannot publish attempts says so, and the next one does it", async () => {
  const prefix = "other";
  const own = (user: string) => nats({ servers: server.url, prefix, user, pass: "p", onWarning: () => {} });
  const { log, error } = listening("warn");
  await using app = await createApp({ transport: own("all"), roles: ["client", "worker"], tasks: [increment] });
  const taskless = await createApp({ transport: own("taskless"), roles: ["coordinator"], log });
  // The second attempt of a run is always its coordinator's to publish.
  const run = await app.run(chain(increment, increment), 1);
  expect(await error).toMatchObject({ code: "PERMISSION_MISSING" });
  await taskless.close();
  await using next = await createApp({ transport: own("all"), roles: ["coordinator"] });
  expect(await run.result()).toBe(3);
  expect(next).toBeDefined();
});

/** A logger, and the first error that comes with a message of one level. */
function listening(level: "warn" | "error"): { readonly log: Logger; readonly error: Promise<unknown> } {
  const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
  let tell: (error: unknown) => void = () => {};
  const error = new Promise<unknown>((resolve) => (tell = resolve));
  return { log: { ...silent, [level]: (_message: string, data: unknown) => tell(data) }, error };
}
