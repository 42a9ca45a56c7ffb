import { OptionInvalidError } from "@arpeggio/core";
import {
  credsAuthenticator,
  jwtAuthenticator,
  nkeyAuthenticator,
  nkeys,
  type NodeConnectionOptions,
} from "@nats-io/transport-node";

/** How a connection shows who it is, and that nobody listens. One way at most of: user, token, credentials, nkey. */
export interface AccessOptions {
  readonly user?: string;
  /** Needs `user`. */
  readonly pass?: string;
  readonly token?: string;
  /** The content of a `.creds` file: a JWT and the seed of its nkey. */
  readonly credentials?: string;
  /** The seed of a user's nkey: `SU…`. It signs the server's challenge and is never sent. */
  readonly nkey?: string;
  /** The JWT of a user whose seed is `nkey`; the two together are what `credentials` holds. */
  readonly jwt?: string;
  /**
   * TLS settings: `ca`, `cert` and `key` as PEM text, or the paths `caFile`, `certFile`, `keyFile`. `{}` asks for TLS with
   * the system's certificates. With this, or an address `tls://…`, a server without TLS is refused.
   *
   * @defaultValue TLS where the server offers it
   */
  readonly tls?: Exclude<NodeConnectionOptions["tls"], undefined>;
}

/** The part of the client's options that follows. */
export type Access = Pick<NodeConnectionOptions, "user" | "pass" | "token" | "authenticator" | "tls">;

export const accessNames = ["user", "pass", "token", "credentials", "nkey", "jwt", "tls"] as const;

const CREDENTIALS_PARTS = [
  /-----BEGIN NATS USER JWT-----\s+(\S+)\s+-+END/,
  /-----BEGIN USER NKEY SEED-----\s+(\S+)\s+-+END/,
];
const TLS_TEXTS = ["ca", "caFile", "cert", "certFile", "key", "keyFile"];

/** @throws OptionInvalidError; no message holds a secret. */
export function accessOf(options: AccessOptions, servers: readonly string[]): Access {
  for (const name of accessNames) {
    const value: unknown = options[name];
    if (name !== "tls" && value !== undefined && (typeof value !== "string" || value === "")) {
      throw new OptionInvalidError(name, typeof value, "text that is not empty");
    }
  }
  const { user, pass, token, credentials, nkey, jwt } = options;
  const ways = Object.entries({ user, token, credentials, nkey }).filter(([, value]) => value !== undefined);
  const [, second] = ways;
  if (second !== undefined) {
    const others = ways.map(([name]) => name).join(", ");
    throw new OptionInvalidError(second[0], "given", `only one way to sign in, and there are ${others}`);
  }
  needs("pass", pass, "user", user);
  needs("jwt", jwt, "nkey", nkey);
  const tls = tlsOf(options.tls, servers);
  return {
    ...(user === undefined ? {} : { user }),
    ...(pass === undefined ? {} : { pass }),
    ...(token === undefined ? {} : { token }),
    ...(credentials === undefined ? {} : { authenticator: byCredentials(credentials) }),
    ...(nkey === undefined ? {} : { authenticator: byNkey(nkey, jwt) }),
    ...(tls === undefined ? {} : { tls }),
  };
}

function needs(option: string, value: string | undefined, other: string, otherValue: string | undefined): void {
  if (value !== undefined && otherValue === undefined) {
    throw new OptionInvalidError(option, "given", `the option '${other}' with it`);
  }
}

function byCredentials(credentials: string) {
  const [jwt, seed] = CREDENTIALS_PARTS.map((part) => part.exec(credentials)?.[1]);
  if (jwt === undefined || seed === undefined) {
    throw new OptionInvalidError("credentials", `${credentials.length} characters`, "the content of a .creds file");
  }
  checkSeed("credentials", seed);
  return credsAuthenticator(new TextEncoder().encode(credentials));
}

function byNkey(nkey: string, jwt: string | undefined) {
  checkSeed("nkey", nkey);
  const seed = new TextEncoder().encode(nkey);
  return jwt === undefined ? nkeyAuthenticator(seed) : jwtAuthenticator(jwt, seed);
}

/** The client would find this out while it connects, and end without a word. */
function checkSeed(option: string, seed: string): void {
  try {
    if (nkeys.fromSeed(new TextEncoder().encode(seed)).getPublicKey().startsWith("U")) return;
  } catch {
    // Said below.
  }
  throw new OptionInvalidError(option, "something else", "the seed of a user's nkey, 'SU…' with 58 characters");
}

function tlsOf(tls: unknown, servers: readonly string[]): Access["tls"] {
  // The client takes no notice of the scheme, and whoever sits between could take the server's offer of TLS away.
  if (tls === undefined) return servers.some((server) => server.startsWith("tls://")) ? {} : undefined;
  if (typeof tls !== "object" || tls === null || Array.isArray(tls)) {
    throw new OptionInvalidError("tls", typeof tls, "an object with TLS settings, which may be empty");
  }
  const settings = tls as Readonly<Record<string, unknown>>;
  for (const name of TLS_TEXTS) {
    const value = settings[name];
    const isFile = name.endsWith("File");
    const isFit = typeof value === "string" && value !== "" && (isFile || value.includes("-----BEGIN "));
    if (value !== undefined && !isFit)
      throw new OptionInvalidError(`tls.${name}`, typeof value, isFile ? "a path" : "PEM text");
  }
  const isThere = (name: string) => settings[name] !== undefined || settings[`${name}File`] !== undefined;
  if (isThere("cert") !== isThere("key")) {
    const [one, other] = isThere("cert") ? ["cert", "key"] : ["key", "cert"];
    throw new OptionInvalidError(`tls.${one}`, "given", `tls.${other} with it`);
  }
  return tls;
}
