import { ArpeggioError } from "@arpeggio/core";

/** No server answered when the transport was opened. */
export class ServerUnreachableError extends ArpeggioError {
  override readonly name = "ServerUnreachableError";
  readonly code = "SERVER_UNREACHABLE";
  readonly hint = "Is nats-server running (with -js) at that address, and may this machine reach its port?";
  constructor(servers: readonly string[], cause: unknown) {
    super(`no NATS server answered at ${servers.join(", ")}: ${messageOf(cause)}`, { cause });
  }
}

/** The server is older than what the transport needs. */
export class ServerTooOldError extends ArpeggioError {
  override readonly name = "ServerTooOldError";
  readonly code = "SERVER_TOO_OLD";
  readonly hint: string;
  constructor(server: string, found: string, needed: string) {
    super(`the NATS server ${server} is version ${found}, ${needed} or newer is needed`);
    this.hint = `Update nats-server to ${needed} or newer.`;
  }
}

/** The server runs without JetStream, or the account may not use it. */
export class JetStreamDisabledError extends ArpeggioError {
  override readonly name = "JetStreamDisabledError";
  readonly code = "JETSTREAM_DISABLED";
  readonly hint =
    "Start nats-server with -js, or add a 'jetstream' block to its configuration; with accounts, enable it in the account too.";
  constructor(server: string) {
    super(`JetStream is not enabled at ${server}, or not for this account`);
  }
}

/** The server does not accept the credentials. */
export class AuthenticationFailedError extends ArpeggioError {
  override readonly name = "AuthenticationFailedError";
  readonly code = "AUTHENTICATION_FAILED";
  readonly hint = "Check the options user, pass, token, credentials, nkey and jwt against the server's configuration.";
  constructor(servers: readonly string[], cause: unknown) {
    super(`${servers.join(", ")} does not accept the credentials: ${messageOf(cause)}`, { cause });
  }
}

/** No encrypted connection came about. */
export class TlsFailedError extends ArpeggioError {
  override readonly name = "TlsFailedError";
  readonly code = "TLS_FAILED";
  readonly hint =
    "Check the option tls: 'ca' must have signed the server's certificate, which must name the address; a server that verifies clients needs 'cert' and 'key'.";
  constructor(servers: readonly string[], cause: unknown) {
    super(`no encrypted connection to ${servers.join(", ")}: ${messageOf(cause)}`, { cause });
  }
}

/** The user of this connection may not publish or subscribe to a subject that is needed. */
export class PermissionMissingError extends ArpeggioError {
  override readonly name = "PermissionMissingError";
  readonly code = "PERMISSION_MISSING";
  readonly hint: string;
  readonly action: "publish" | "subscribe";
  readonly subject: string;
  constructor(action: "publish" | "subscribe", subject: string) {
    super(`the server does not allow this user to ${action} to '${subject}'`);
    this.action = action;
    this.subject = subject;
    const isCreating = /^\$JS\.API\.(STREAM|CONSUMER\.DURABLE)\.CREATE\./.test(subject);
    this.hint = isCreating
      ? "Let a user who may create streams and consumers run 'arpeggio nats init' (with --queues) once, or allow it."
      : `Allow ${action} to '${subject}' in the user's permissions; 'arpeggio nats permissions' prints what each role needs.`;
  }
}

/** JetStream refused a request. `errCode` is the server's own number for it. */
export class ServerRequestFailedError extends ArpeggioError {
  override readonly name = "ServerRequestFailedError";
  readonly code = "SERVER_REQUEST_FAILED";
  readonly hint = "The text is the server's own; its log usually says more.";
  readonly errCode: number;
  constructor(subject: string, errCode: number, description: string) {
    super(`the server refused '${subject}': ${description} (${errCode})`);
    this.errCode = errCode;
  }
}

/** The server is there, but nothing on it answers for a stream. */
export class StreamUnavailableError extends ArpeggioError {
  override readonly name = "StreamUnavailableError";
  readonly code = "STREAM_UNAVAILABLE";
  readonly hint =
    "Was the stream deleted, JetStream switched off, has the cluster lost its quorum, or is the disk full? The server's log tells.";
  constructor(subject: string, waitedMs: number) {
    super(`nothing on the server has answered '${subject}' for ${Math.round(waitedMs)} ms`);
  }
}

/** A blob's stored bytes are not what was put. */
export class BlobCorruptError extends ArpeggioError {
  override readonly name = "BlobCorruptError";
  readonly code = "BLOB_CORRUPT";
  readonly hint = "Part of it was lost or removed on the server; delete it and let the task that made it run again.";
  constructor(key: string, what: string) {
    super(`the blob '${key}' is damaged: ${what}`);
  }
}

/** A key that the blob store cannot take. */
export class BlobKeyInvalidError extends ArpeggioError {
  override readonly name = "BlobKeyInvalidError";
  readonly code = "BLOB_KEY_INVALID";
  readonly hint = "Use 1 to 1,000 bytes of text as a blob's key.";
  constructor(key: string) {
    super(`a blob's key has ${Buffer.byteLength(key)} bytes, 1 to 1000 are possible`);
  }
}

/** A stream or bucket exists with other settings than asked for. Nothing was changed. */
export class TopologyMismatchError extends ArpeggioError {
  override readonly name = "TopologyMismatchError";
  readonly code = "TOPOLOGY_MISMATCH";
  readonly hint: string;
  readonly asset: string;
  readonly field: string;
  constructor(asset: string, field: string, mismatch: { wanted: unknown; found: unknown; option?: string }) {
    const { wanted, found, option } = mismatch;
    super(`stream ${asset} has ${field} ${JSON.stringify(found)} on the server, ${JSON.stringify(wanted)} is wanted`);
    this.asset = asset;
    this.field = field;
    this.hint =
      option === undefined
        ? "Another program uses this name, or the server ignored the setting: choose another prefix, or delete the stream if its data may go."
        : `Leave the option '${option}' out to take what is there, or change the stream with 'nats stream edit ${asset}'.`;
  }
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
