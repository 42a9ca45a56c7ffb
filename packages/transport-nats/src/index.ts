export { nats } from "./nats.ts";
export type { NatsOptions, RetentionOptions } from "./options.ts";
export {
  AuthenticationFailedError,
  BlobCorruptError,
  BlobKeyInvalidError,
  JetStreamDisabledError,
  LogTruncatedError,
  PermissionMissingError,
  ServerRequestFailedError,
  ServerTooOldError,
  ServerUnreachableError,
  StreamUnavailableError,
  TopologyMismatchError,
} from "./server-errors.ts";
