import { TransportClosedError, type Subscription } from "@arpeggio/core";
import { connect, errors, type Msg, type NatsConnection } from "@nats-io/transport-node";
import type { NatsSettings } from "./options.ts";
import { closingInVain } from "./opened-sockets.ts";
import { Outbox } from "./outbox.ts";
import {
  AuthenticationFailedError,
  PermissionMissingError,
  ServerTooOldError,
  ServerUnreachableError,
  TlsFailedError,
} from "./server-errors.ts";

/** Direct get, which reading keys rests on, came with this version. */
export const SERVER_VERSION_MIN = "2.9.0";
/**
 * Consumers of old servers stop after a crash at messages that are gone and whose acknowledgements they have not stored (see
 * `ConsumerRepair`). So there every acknowledgement goes at once, which leaves the fewest of them.
 */
const LATE_FROM_VERSION = "2.11.0";
/** How long what nobody waits for may wait for company, in milliseconds. */
const LATE_MS = 5;
/** More than these are worth a write of their own. */
const LATE_MAX = 16;

export interface ConnectionListener {
  /** The connection is back; whatever the server kept for the old one is gone. */
  onReconnect?(): void;
  /** Nobody knows whether what was sent last has arrived. */
  onDisconnect?(): void;
  onPermissionMissing?(error: PermissionMissingError): void;
  /** For good: nothing can be sent any more. */
  onClosed?(error: TransportClosedError): void;
}

/** A connection that comes back for ever once it was there, and tells its parts about it. */
export class Connection {
  readonly nats: NatsConnection;
  readonly inboxPrefix: string;
  readonly #outbox: Outbox;
  #up = true;
  #closed: TransportClosedError | undefined;
  readonly #listeners = new Set<ConnectionListener>();
  /**
   * Of an outage. Only acknowledgements are kept, one at most for each delivery that was in hand when it began: none come in
   * meanwhile. One that gets lost is made up for by the server, which delivers again, and by the worker, which then knows the message.
   */
  #untold: (readonly [subject: string, data: Uint8Array])[] = [];
  readonly #mayBeLate: boolean;
  #late: (readonly [subject: string, data: Uint8Array])[] = [];
  #lateTimer: NodeJS.Timeout | undefined;

  constructor(nats: NatsConnection, inboxPrefix: string) {
    this.nats = nats;
    this.inboxPrefix = inboxPrefix;
    this.#outbox = new Outbox(nats);
    this.#mayBeLate = isVersionAtLeast(nats.info?.version ?? "", LATE_FROM_VERSION);
    void this.#watch();
  }

  /**
   * Whether a message published now goes straight to the server. While this is false the client would keep messages
   * for the next connection, or drop them, and so mix up their order.
   */
  get isUp(): boolean {
    // The client clears its server information at the first step of a new connection.
    return this.#up && this.nats.info !== undefined;
  }

  get closedBy(): TransportClosedError | undefined {
    return this.#closed;
  }

  /** Returns what takes the listener away again. */
  listen(listener: ConnectionListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Resolves when the server has everything that was published and subscribed so far. */
  async flush(): Promise<void> {
    this.hurry();
    for (;;) {
      if (this.#closed) throw this.#closed;
      try {
        return await this.nats.flush();
      } catch {
        // Lost while waiting: subscriptions are renewed by the client when it is back.
        await this.#untilUp();
      }
    }
  }

  /** Publishes a message on the connection that is up. @param headers as `headerBlock` makes them. */
  publish(subject: string, data: Uint8Array, reply = "", headers = ""): void {
    this.#outbox.publish(subject, data, reply, headers);
    if (this.#late.length > 0) this.hurry();
  }

  /** Publishes an acknowledgement, after the reconnect if the connection is down. */
  tell(subject: string, data: Uint8Array): void {
    if (this.isUp) this.publish(subject, data);
    else if (!this.#closed) this.#untold.push([subject, data]);
  }

  /** The same for one that nobody waits for: it goes with the next message, or by itself after a moment. */
  tellLater(subject: string, data: Uint8Array): void {
    if (!this.#mayBeLate) return this.tell(subject, data);
    this.#late.push([subject, data]);
    if (this.#late.length > LATE_MAX) this.hurry();
    else this.#lateTimer ??= setTimeout(() => this.hurry(), LATE_MS);
  }

  /** Publishes now what waits for company. */
  hurry(): void {
    clearTimeout(this.#lateTimer);
    this.#lateTimer = undefined;
    for (const [subject, data] of this.#late.splice(0)) this.tell(subject, data);
  }

  /** A plain subscription; resolves when the server knows of it. Renewed by the client after reconnects. */
  async subscribe(subject: string, onMessage: (message: Msg) => void): Promise<Subscription> {
    if (this.#closed) throw this.#closed;
    let refusal: Error | undefined;
    const subscription = this.nats.subscribe(subject, {
      callback: (error, message) => {
        if (error) refusal = new PermissionMissingError("subscribe", subject);
        else guarded(() => onMessage(message));
      },
    });
    await this.flush();
    if (refusal) throw refusal;
    return {
      stop: () => {
        subscription.unsubscribe();
        return Promise.resolve();
      },
    };
  }

  async close(): Promise<void> {
    this.hurry();
    this.#end(new TransportClosedError());
    await this.nats.close();
  }

  #untilUp(): Promise<void> {
    if (this.isUp || this.#closed) return Promise.resolve();
    return new Promise((resolve) => {
      const settle = () => {
        stop();
        resolve();
      };
      const stop = this.listen({ onReconnect: settle, onClosed: settle });
    });
  }

  async #watch(): Promise<void> {
    for await (const status of this.nats.status()) {
      if (status.type === "disconnect") {
        this.#up = false;
        this.#tellAll((listener) => listener.onDisconnect?.());
      } else if (status.type === "reconnect") {
        this.#up = true;
        for (const [subject, data] of this.#untold.splice(0)) this.publish(subject, data);
        this.#tellAll((listener) => listener.onReconnect?.());
      } else if (status.type === "error" && status.error instanceof errors.PermissionViolationError) {
        const { operation, subject } = status.error;
        const error = new PermissionMissingError(operation === "publish" ? "publish" : "subscribe", subject);
        this.#tellAll((listener) => listener.onPermissionMissing?.(error));
      }
    }
    this.#end(new TransportClosedError(await this.nats.closed()));
  }

  /** One that throws must not keep the others, or the watching, from going on. */
  #tellAll(tell: (listener: ConnectionListener) => void): void {
    for (const listener of this.#listeners) guarded(() => tell(listener));
  }

  #end(error: TransportClosedError): void {
    if (this.#closed) return;
    this.#closed = error;
    this.#up = false;
    this.#tellAll((listener) => listener.onClosed?.(error));
    this.#listeners.clear();
  }
}

/**
 * Connects, or says why it cannot. Tries each server once; only a connection that was there comes back by itself.
 *
 * @throws {@link ServerUnreachableError}, {@link AuthenticationFailedError}, {@link ServerTooOldError}
 */
export async function openConnection(settings: NatsSettings, clientName: string): Promise<Connection> {
  const { servers, access, connectTimeoutMs, inboxPrefix } = settings;
  let nats: NatsConnection;
  try {
    nats = await closingInVain(() =>
      connect({
        servers: [...servers],
        // Part of a line that the server takes up to 4 KiB of.
        name: clientName.slice(0, 200),
        timeout: connectTimeoutMs,
        inboxPrefix,
        maxReconnectAttempts: -1,
        reconnectTimeWait: 200,
        reconnectJitter: 100,
        reconnectJitterTLS: 300,
        // Credentials may be renewed on the server while we are away; giving up would need a restart by hand.
        ignoreAuthErrorAbort: true,
        pingInterval: 5_000,
        maxPingOut: 2,
        noAsyncTraces: true,
        ...access,
      }),
    );
  } catch (error) {
    if (isAuthenticationError(error)) throw new AuthenticationFailedError(servers, error);
    throw isTlsError(error) || mayWantCertificate(access, error)
      ? new TlsFailedError(servers, error)
      : new ServerUnreachableError(servers, error);
  }
  const version = nats.info?.version ?? "unknown";
  if (!isVersionAtLeast(version, SERVER_VERSION_MIN)) {
    const server = nats.getServer();
    await nats.close();
    throw new ServerTooOldError(server, version, SERVER_VERSION_MIN);
  }
  return new Connection(nats, inboxPrefix);
}

/** Runs a callback of ours: what it throws must not reach the client, whose parser would end in silence. */
export function guarded(run: () => void): void {
  try {
    run();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}

function isAuthenticationError(error: unknown): boolean {
  if (error instanceof errors.AuthorizationError || error instanceof errors.UserAuthenticationExpiredError) return true;
  return error instanceof Error && /authorization|authentication/i.test(error.message);
}

/** A server that verifies clients ends the connection of one without a certificate, and the client waits in silence. */
function mayWantCertificate({ tls }: NatsSettings["access"], error: unknown): boolean {
  const isSilence = error instanceof errors.TimeoutError;
  return isSilence && typeof tls === "object" && tls?.cert === undefined && tls?.certFile === undefined;
}

/** By Node's and OpenSSL's codes, and the client's texts. */
function isTlsError(error: unknown): boolean {
  for (let one = error, depth = 0; one instanceof Error && depth < 5; one = one.cause, depth++) {
    const { code } = one as { code?: unknown };
    if (
      typeof code === "string" &&
      /^(ERR_TLS|ERR_SSL|ERR_OSSL|CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|EPROTO)/.test(code)
    )
      return true;
    if (/\btls\b|\bssl\b|certificate/i.test(one.message)) return true;
  }
  return false;
}

/** Compares `major.minor.patch`; a text that is no version counts as older. */
export function isVersionAtLeast(version: string, least: string): boolean {
  const [a, b] = [version, least].map((text) => /^v?(\d+)\.(\d+)\.(\d+)/.exec(text)?.slice(1).map(Number));
  if (!a || !b) return false;
  for (let i = 0; i < 3; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return true;
}
