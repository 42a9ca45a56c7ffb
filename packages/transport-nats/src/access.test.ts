import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { nkeys } from "@nats-io/nats-core";
import { describe, expect, test } from "vitest";
import { natsServers, newestNatsServer, startNatsServer } from "../../../test/support/nats-server.ts";
import { nats } from "./nats.ts";
import type { NatsOptions } from "./options.ts";

const text = new TextDecoder();
const bytes = new TextEncoder();
const certificate = (name: string) =>
  fileURLToPath(new URL(`../../../test/security/certificates/${name}`, import.meta.url));
const pem = (name: string) => readFileSync(certificate(name), "utf8");

/** Opens a transport, and says what the log has to say of it. */
async function used(options: NatsOptions): Promise<number> {
  const transport = await nats({ connectTimeoutMs: 5_000, onWarning: () => {}, ...options }).open("a");
  await transport.events.append(0, bytes.encode("x"));
  await transport.close();
  return transport.events.partitions;
}

const user = nkeys.createUser();
const seed = text.decode(user.getSeed());
const otherSeed = text.decode(nkeys.createUser().getSeed());
const [operator, account, system] = [nkeys.createOperator(), nkeys.createAccount(), nkeys.createAccount()];
type KeyPair = typeof user;

/** A token in the form of NATS. */
function jwt(issuer: KeyPair, subject: KeyPair, claims: object): string {
  const encoded = (part: object) => Buffer.from(JSON.stringify(part)).toString("base64url");
  const ids = {
    jti: "test",
    iat: Math.floor(Date.now() / 1000),
    iss: issuer.getPublicKey(),
    sub: subject.getPublicKey(),
  };
  const signed = `${encoded({ typ: "JWT", alg: "ed25519-nkey" })}.${encoded({ ...ids, name: "test", nats: { version: 2, ...claims } })}`;
  return `${signed}.${Buffer.from(issuer.sign(bytes.encode(signed))).toString("base64url")}`;
}

const unlimited = { subs: -1, data: -1, payload: -1 };
const stores = { mem_storage: -1, disk_storage: -1, streams: -1, consumer: -1 };
const counts = { imports: -1, exports: -1, wildcards: true, conn: -1, leaf: -1 };
const accountClaims = { type: "account", limits: { ...unlimited, ...stores, ...counts } };
const userJwt = jwt(account, user, { type: "user", pub: {}, sub: {}, ...unlimited });
const operatorConfig = `
operator: ${jwt(operator, operator, { type: "operator" })}
system_account: ${system.getPublicKey()}
resolver: MEMORY
resolver_preload: {
  ${account.getPublicKey()}: ${jwt(operator, account, accountClaims)}
  ${system.getPublicKey()}: ${jwt(operator, system, { ...accountClaims, limits: { ...unlimited, ...counts } })}
}`;
const credentialsOf = (token: string, secret: string) =>
  `-----BEGIN NATS USER JWT-----\n${token}\n------END NATS USER JWT------\n\n-----BEGIN USER NKEY SEED-----\n${secret}\n------END USER NKEY SEED------\n`;

describe.each(natsServers())("signing in at nats-server $version", (binary) => {
  test.each<[what: string, config: string, right: NatsOptions, wrong: readonly NatsOptions[]]>([
    [
      "with user and password",
      `authorization { user: u, password: p }`,
      { user: "u", pass: "p" },
      [{ user: "u", pass: "x" }, { user: "u" }, {}],
    ],
    ["with a token", `authorization { token: secret }`, { token: "secret" }, [{ token: "x" }, { user: "secret" }, {}]],
    [
      "with an nkey",
      `authorization { users: [{ nkey: ${user.getPublicKey()} }] }`,
      { nkey: seed },
      [{ nkey: otherSeed }, {}],
    ],
    [
      "with credentials",
      operatorConfig,
      { credentials: credentialsOf(userJwt, seed) },
      [{ credentials: credentialsOf(userJwt, otherSeed) }, { jwt: "a.b.c", nkey: seed }, { nkey: seed }, {}],
    ],
    ["with a JWT and its nkey", operatorConfig, { jwt: userJwt, nkey: seed }, [{ jwt: userJwt, nkey: otherSeed }]],
  ])("%s", async (_what, config, right, wrong) => {
    await using server = await startNatsServer({ binary, config });
    expect(await used({ servers: server.url, ...right })).toBe(4);
    for (const options of wrong) {
      const opening = used({ servers: server.url, ...options });
      await expect(opening).rejects.toMatchObject({
        code: "AUTHENTICATION_FAILED",
        message: expect.not.stringContaining(seed) as string,
      });
    }
  });

  test("with TLS", async () => {
    const tls = `tls { cert_file: "${certificate("server.pem")}", key_file: "${certificate("server.key")}" }`;
    await using server = await startNatsServer({ binary, config: tls });
    const { url, port } = server;
    expect(await used({ servers: url, tls: { caFile: certificate("ca.pem") } })).toBe(4);
    expect(await used({ servers: `tls://localhost:${port}`, tls: { ca: pem("ca.pem") } })).toBe(4);
    const wrong: readonly [NatsOptions["tls"], RegExp][] = [
      [{}, /certificate/],
      [{ ca: pem("client.pem") }, /certificate/],
      [{ caFile: certificate("none.pem") }, /none\.pem/],
    ];
    for (const [settings, message] of wrong) {
      const opening = used({ servers: url, ...(settings === undefined ? {} : { tls: settings }) });
      await expect(opening).rejects.toMatchObject({
        code: "TLS_FAILED",
        message: expect.stringMatching(message) as string,
      });
    }
    await expect(used({ servers: url })).rejects.toMatchObject({ code: "TLS_FAILED" });
  });

  test("with TLS, where the server verifies clients", async () => {
    const files = `cert_file: "${certificate("server.pem")}", key_file: "${certificate("server.key")}", ca_file: "${certificate("ca.pem")}"`;
    await using server = await startNatsServer({ binary, config: `tls { ${files}, verify: true }` });
    const ca = pem("ca.pem");
    const own = { certFile: certificate("client.pem"), keyFile: certificate("client.key") };
    expect(await used({ servers: server.url, tls: { ca, ...own } })).toBe(4);
    const silent = { servers: server.url, connectTimeoutMs: 1_000, tls: { ca } };
    await expect(used(silent)).rejects.toMatchObject({ code: "TLS_FAILED" });
  });

  test("with nothing but a certificate, where the server maps it to a user", async () => {
    const files = `cert_file: "${certificate("server.pem")}", key_file: "${certificate("server.key")}", ca_file: "${certificate("ca.pem")}"`;
    const users = (name: string) => `authorization { users: [{ user: "CN=${name}" }] }`;
    const config = (name: string) => `${users(name)}\ntls { ${files}, verify_and_map: true }`;
    const tls = { ca: pem("ca.pem"), cert: pem("client.pem"), key: pem("client.key") };
    await using server = await startNatsServer({ binary, config: config("arpeggio-test-client") });
    expect(await used({ servers: server.url, tls })).toBe(4);
    await using other = await startNatsServer({ binary, config: config("somebody-else") });
    await expect(used({ servers: other.url, tls })).rejects.toMatchObject({ code: "AUTHENTICATION_FAILED" });
  });

  test("without TLS, where TLS is asked for", async () => {
    await using server = await startNatsServer({ binary });
    const failure = { code: "TLS_FAILED", hint: expect.stringContaining("tls") as string };
    await expect(used({ servers: server.url, tls: {} })).rejects.toMatchObject(failure);
    await expect(used({ servers: server.url.replace("nats:", "tls:") })).rejects.toMatchObject(failure);
  });
});

test("the certificate of another address is refused", async () => {
  const tls = `tls { cert_file: "${certificate("client.pem")}", key_file: "${certificate("client.key")}" }`;
  await using server = await startNatsServer({ binary: newestNatsServer(), config: tls });
  const opening = used({ servers: server.url, tls: { ca: pem("ca.pem") } });
  await expect(opening).rejects.toMatchObject({
    code: "TLS_FAILED",
    message: expect.stringMatching(/altnames|Hostname/) as string,
  });
});

/** With another character in its middle, where each one counts: of the last one only a few bits do. */
function withOneWrong(text: string): string {
  const at = text.length >> 1;
  return `${text.slice(0, at)}${text[at] === "A" ? "B" : "A"}${text.slice(at + 1)}`;
}

test.each<[string, unknown]>([
  ["token", { user: "u", token: "t" }],
  ["credentials", { user: "u", pass: "p", credentials: credentialsOf(userJwt, seed) }],
  ["nkey", { credentials: credentialsOf(userJwt, seed), nkey: seed }],
  ["pass", { pass: "p" }],
  ["jwt", { jwt: userJwt }],
  ["credentials", { credentials: "/etc/nats/user.creds" }],
  ["credentials", { credentials: credentialsOf(userJwt, withOneWrong(seed)) }],
  ["nkey", { nkey: "SUAB" }],
  ["nkey", { nkey: text.decode(account.getSeed()) }],
  ["nkey", { nkey: user.getPublicKey() }],
  ["tls", { tls: true }],
  ["tls", { tls: null }],
  ["tls.ca", { tls: { ca: "/etc/ca.pem" } }],
  ["tls.cert", { tls: { certFile: "c.pem" } }],
  ["tls.key", { tls: { key: pem("client.key") } }],
  ["servers", { servers: "nats://u:hunter2@127.0.0.1:4222" }],
])("the option %s is refused in case %#", (option, options) => {
  const refused = expect.objectContaining({ code: "OPTION_INVALID", option }) as Error;
  expect(() => nats(options as NatsOptions)).toThrow(refused);
  expect(() => nats(options as NatsOptions)).toThrow(/^(?!.*(hunter2|SU[A-Z2-7]{20}|PRIVATE))/);
});
