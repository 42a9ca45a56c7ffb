import { NameInvalidError, OptionInvalidError } from "@arpeggio/core";
import type { Transport } from "@arpeggio/core";
import { expect, test } from "vitest";
import { createCoordinator } from "./coordinator.ts";
import type { CoordinatorOptions } from "./coordinator.ts";
import type { CoordinatorLogger } from "./runtime/logger.ts";

// Options are looked at before anything is asked of the transport.
const transport = {
  bucket: () => {},
  close: () => {},
  limits: { messageBytesMax: 1, inlineBytesMax: 1, dedupeMs: 1 },
} as unknown as Transport;

test.each([
  ["no transport", { transport: undefined as unknown as Transport }],
  ["something else for a transport", { transport: {} as Transport }],
  ["an option that it does not know", { transport, leaseMilliseconds: 100 } as CoordinatorOptions],
  ["a logger without methods", { transport, log: {} as CoordinatorLogger }],
  ["a lease that is too short", { transport, leaseMs: 49 }],
  ["a lease that is no number", { transport, leaseMs: Number.NaN }],
  ["checkpoints of no time", { transport, checkpointMs: 0 }],
  ["room for no run", { transport, runsMax: 0 }],
  ["checkpoints rarer than the lease", { transport, leaseMs: 1_000, checkpointMs: 1_001 }],
] satisfies [string, CoordinatorOptions][])("refuses %s", (_what, options) => {
  expect(() => createCoordinator(options)).toThrow(OptionInvalidError);
});

test("refuses a name that cannot stand in a key", () => {
  expect(() => createCoordinator({ transport, name: "a.b" })).toThrow(NameInvalidError);
});

test("two coordinators of one name are told apart", () => {
  const names = [createCoordinator({ transport, name: "same" }), createCoordinator({ transport, name: "same" })].map(
    ({ name }) => name,
  );
  expect(new Set(names).size).toBe(2);
  expect(names.every((name) => name.startsWith("same."))).toBe(true);
});
