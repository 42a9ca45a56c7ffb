export { LogTruncatedError } from "@arpeggio/core";
export { nats } from "./nats.ts";
export { natsRoles, permissionsFor } from "./permissions.ts";
export type { NatsPermissions, NatsRole, PermissionsOptions } from "./permissions.ts";
export { provisionNats } from "./provisioning.ts";
export type { Provisioned, ProvisionOptions } from "./provisioning.ts";
export type { AccessOptions } from "./access-options.ts";
export type { NatsOptions, RetentionOptions } from "./options.ts";
export {
  AuthenticationFailedError,
  BlobCorruptError,
  BlobKeyInvalidError,
  JetStreamDisabledError,
  PermissionMissingError,
  ServerRequestFailedError,
  ServerTooOldError,
  ServerUnreachableError,
  StreamUnavailableError,
  TlsFailedError,
  TopologyMismatchError,
} from "./server-errors.ts";
