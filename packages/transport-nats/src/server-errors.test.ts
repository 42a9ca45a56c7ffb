import { LogTruncatedError } from "@arpeggio/core";
import { ArpeggioError } from "@arpeggio/core";
import { expect, test } from "vitest";
import {
  AuthenticationFailedError,
  BlobCorruptError,
  BlobKeyInvalidError,
  JetStreamDisabledError,
  PermissionMissingError,
  ServerRequestFailedError,
  ServerTooOldError,
  ServerUnreachableError,
  StreamUnavailableError,
  TopologyMismatchError,
} from "./server-errors.ts";

test.each([
  [new ServerUnreachableError(["a:1", "b:2"], new Error("refused")), "SERVER_UNREACHABLE", /a:1, b:2: refused/],
  [new ServerTooOldError("a:1", "2.8.4", "2.9.0"), "SERVER_TOO_OLD", /2\.8\.4, 2\.9\.0 or newer/],
  [new JetStreamDisabledError("a:1"), "JETSTREAM_DISABLED", /a:1/],
  [new AuthenticationFailedError(["a:1"], new Error("no")), "AUTHENTICATION_FAILED", /credentials: no/],
  [new PermissionMissingError("publish", "arp.ev.0.client"), "PERMISSION_MISSING", /publish to 'arp\.ev\.0\.client'/],
  [new ServerRequestFailedError("s", 10047, "no room"), "SERVER_REQUEST_FAILED", /no room \(10047\)/],
  [new StreamUnavailableError("s", 30_000), "STREAM_UNAVAILABLE", /'s' for 30000 ms/],
  [new LogTruncatedError("ARP_EVENTS", 50, 3), "LOG_TRUNCATED", /message 50 of ARP_EVENTS, but it ends at 3/],
  [new BlobCorruptError("k", "half is gone"), "BLOB_CORRUPT", /'k' is damaged: half is gone/],
  [new BlobKeyInvalidError(""), "BLOB_KEY_INVALID", /0 bytes/],
  [
    new TopologyMismatchError("ARP_EVENTS", "storage", { wanted: "file", found: "memory", option: "storage" }),
    "TOPOLOGY_MISMATCH",
    /ARP_EVENTS has storage "memory" on the server, "file" is wanted/,
  ],
])("%s", (error, code, message) => {
  expect(error).toBeInstanceOf(ArpeggioError);
  expect(error.code).toBe(code);
  expect(error.message).toMatch(message);
  expect(error.hint.length).toBeGreaterThan(20);
});
