import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { natsServers, startNatsServer } from "../support/nats-server.ts";
import { startNode, type RunningProcess } from "../support/process.ts";

const program = fileURLToPath(new URL("../../packages/cli/bin/arpeggio.js", import.meta.url));
const modules = fileURLToPath(new URL("../cli/modules", import.meta.url));
const certificate = (name: string) => fileURLToPath(new URL(`certificates/${name}`, import.meta.url));

type Environment = Readonly<Record<string, string>>;
const cleared = Object.fromEntries(
  Object.keys(process.env)
    .filter((name) => name.startsWith("ARPEGGIO_"))
    .map((name) => [name, undefined]),
);

function arpeggio(args: readonly string[], env: Environment = {}): RunningProcess {
  return startNode(program, args, { cwd: modules, env: { ...cleared, ...env } });
}

async function ended(args: readonly string[], env: Environment = {}) {
  await using child = arpeggio(args, env);
  const { code } = await child.ended;
  return { code, stdout: child.stdout, stderr: child.stderr };
}

const roles = {
  provisioner: [],
  coordinator: [],
  worker: ["--queues", "default,cpu"],
  "client,observer": ["--client-id", "cli"],
};

describe.each(natsServers())("arpeggio nats, on nats-server $version", (binary) => {
  test("prints permissions that a server takes, and prepares it for users who have no others", async () => {
    const inboxes = new Map<string, string>();
    const users: string[] = [];
    const permissions = Object.entries(roles).map(async ([role, more]) => {
      return { role, ...(await ended(["nats", "permissions", "--role", role, "--prefix", "shop", ...more])) };
    });
    for (const { role, stdout, code } of await Promise.all(permissions)) {
      expect(code).toBe(0);
      const [, inbox = ""] = /--inbox-prefix (\S+)/.exec(stdout) ?? [];
      inboxes.set(role, inbox);
      users.push(`{ user: "${role}", password: "secret ${role}"\n${stdout}}`);
    }
    expect([...inboxes.values()]).toEqual([
      "_INBOX_shop.provisioner",
      "_INBOX_shop.coordinator",
      "_INBOX_shop.worker",
      "_INBOX_shop.client.cli",
    ]);
    const files = `cert_file: "${certificate("server.pem")}", key_file: "${certificate("server.key")}", ca_file: "${certificate("ca.pem")}"`;
    const config = `authorization { users: [\n${users.join("\n")}\n] }\ntls { ${files}, verify: true }`;
    await using server = await startNatsServer({ binary, config });
    const as = (role: string): Environment => ({
      ARPEGGIO_SERVERS: server.url,
      ARPEGGIO_PREFIX: "shop",
      ARPEGGIO_USER: role,
      ARPEGGIO_PASSWORD: `secret ${role}`,
      ARPEGGIO_INBOX_PREFIX: inboxes.get(role) ?? "",
      ARPEGGIO_TLS_CA: certificate("ca.pem"),
      ARPEGGIO_TLS_CERT: certificate("client.pem"),
      ARPEGGIO_TLS_KEY: certificate("client.key"),
    });

    const early = await ended(["coordinator"], as("coordinator"));
    expect(early.stderr).toMatch(
      /^PERMISSION_MISSING .*\$JS\.API\.STREAM\.CREATE\.SHOP_EVENTS'\n {2}hint: .*nats init/,
    );
    const init = await ended(["nats", "init", "--queues", "default,cpu", "--partitions", "2"], as("provisioner"));
    expect(init.stdout).toMatch(/^stream SHOP_EVENTS\n(.*\n)*consumer q_cpu_low\n$/);
    expect(init.code).toBe(0);

    await using coordinator = arpeggio(["coordinator"], as("coordinator"));
    await using worker = arpeggio(["worker", "tasks.mjs", "--queues", "default,cpu"], as("worker"));
    await Promise.all([coordinator.waitFor(/ready/), worker.waitFor(/ready/)]);
    const run = ["run", "welcome", '{"name":"ada"}', "--module", "tasks.mjs"];
    expect(await ended(run, as("client,observer"))).toEqual({ code: 0, stdout: '"HELLO ADA"\n', stderr: "" });

    const wrong = { ...as("client,observer"), ARPEGGIO_PASSWORD: "guessed" };
    const refused = await ended(run, wrong);
    expect(refused.stderr).toMatch(/^AUTHENTICATION_FAILED /);
    expect(refused.stderr).not.toContain("guessed");
    const other = { ...as("client,observer"), ARPEGGIO_TLS_CA: certificate("client.pem") };
    expect((await ended(run, other)).stderr).toMatch(/^TLS_FAILED /);
  }, 60_000);
});

test("permissions are printed as JSON, too", async () => {
  const { stdout } = await ended(["nats", "permissions", "--role", "client", "--format", "json"]);
  const printed: unknown = JSON.parse(stdout);
  expect(printed).toMatchObject({
    publish: { allow: expect.arrayContaining(["arp.ev.*.client"]) as unknown },
    subscribe: { allow: expect.arrayContaining(["_INBOX_arp.client.>"]) as unknown },
    inboxPrefix: "_INBOX_arp.client",
  });
});

test.each([
  ["an unknown role", ["permissions", "--role", "admin"], /^OPTION_INVALID .*"admin"/],
  ["a worker without queues", ["permissions", "--role", "worker"], /^OPTION_INVALID .*queues/],
  ["a queue that is a wildcard", ["permissions", "--role", "worker", "--queues", ">"], /^NAME_INVALID .*queue/],
  ["an unknown format", ["permissions", "--role", "client", "--format", "xml"], /^ARGUMENT_INVALID --format/],
  ["no role", ["permissions"], /required option '--role/],
  ["a wrong number", ["init", "--partitions", "many"], /^ARGUMENT_INVALID --partitions/],
  ["a file that is not there", ["init", "--tls-ca", "none.pem"], /^ARGUMENT_INVALID --tls-ca is 'none.pem'/],
  ["a file that is no certificate", ["init", "--tls-ca", "tasks.mjs"], /^OPTION_INVALID .*tls\.ca/],
  ["a file that is no seed", ["init", "--nkey", "tasks.mjs"], /^OPTION_INVALID .*nkey/],
])("%s ends with 2", async (_what, args, message) => {
  const { code, stderr } = await ended(["nats", ...args]);
  expect(stderr).toMatch(message);
  expect(code).toBe(2);
});
