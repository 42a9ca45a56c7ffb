// --- the app
export { RoleMissingError } from "./app-errors.ts";
export type { AppOptions, Role } from "./app-options.ts";
export { createApp } from "./app.ts";
export type { App } from "./app.ts";
export { runUntilSignal } from "./run-until-signal.ts";
export type { Closable, SignalOptions } from "./run-until-signal.ts";
// --- transports
export { embedded } from "@arpeggio/transport-embedded";
export {
  AuthenticationFailedError,
  JetStreamDisabledError,
  nats,
  PermissionMissingError,
  ServerTooOldError,
  ServerUnreachableError,
  TopologyMismatchError,
} from "@arpeggio/transport-nats";
export type { AccessOptions, NatsOptions, RetentionOptions } from "@arpeggio/transport-nats";
export type { Transport, TransportProvider } from "@arpeggio/core";
// --- the language
export {
  and,
  any,
  at,
  batch,
  chain,
  choose,
  chord,
  chunks,
  compile,
  contract,
  eq,
  exists,
  flow,
  func,
  ge,
  group,
  gt,
  implement,
  isCanvas,
  isWorkflow,
  jsonSchema,
  le,
  loop,
  lt,
  map,
  mapSettled,
  ne,
  not,
  or,
  quorum,
  race,
  settled,
  signal,
  size,
  sleep,
  starmap,
  t,
  task,
  workflow,
} from "@arpeggio/core";
export type {
  AnyCanvas,
  AnyFunc,
  AnyGroup,
  AnyLocalTask,
  AnySchema,
  AnyTask,
  AnyWorkflow,
  Canvas,
  CanvasMethods,
  CanvasOptions,
  CanvasTiming,
  ChunkedMapOptions,
  Compensation,
  CompiledWorkflow,
  Condition,
  Contract,
  ContractSpec,
  Duration,
  EarlyEnd,
  Failure,
  FailuresAllowed,
  FlowStep,
  FlowStepOptions,
  Func,
  Group,
  Handler,
  In,
  Issue,
  ItemOutcome,
  JsonSchema,
  JsonSchemaDocument,
  LocalTask,
  LoopOptions,
  MapOptions,
  Mapped,
  MapSettledOptions,
  Out,
  Outcomes,
  Priority,
  Ref,
  Reference,
  Replacement,
  Reply,
  RetryOptions,
  RunInput,
  RunOutput,
  SchemaIn,
  SchemaOut,
  ScopeEnd,
  SettledOptions,
  SignalStepOptions,
  StepOptions,
  Task,
  TaskContext,
  TaskDefinition,
  TaskOptions,
  TaskSpec,
  TimingOptions,
  UndoReason,
  Workflow,
  WorkflowGraph,
  WorkflowOptions,
} from "@arpeggio/core";
// --- errors and failures
export {
  ArpeggioError,
  CanvasExpectedError,
  isArpeggioError,
  NameInvalidError,
  OptionInvalidError,
  PermanentTaskError,
  RetryLaterError,
  ValueNotSerialisableError,
} from "@arpeggio/core";
export type { ErrorInfo, NodeFailure, RunFailure } from "@arpeggio/core";
export {
  CanvasIsPromiseError,
  ClientClosedError,
  DeadLetterNotFoundError,
  DeadLetterNotRequeuableError,
  InputInvalidError,
  ResultTimedOutError,
  RunCancelledError,
  RunFailedError,
  RunIdTakenError,
  RunNotFoundError,
} from "@arpeggio/client";
export { DuplicateTaskError, TaskWithoutHandlerError } from "@arpeggio/worker";
// --- runs
export type {
  DeadLetter,
  DeadLetterDetail,
  DeadLetterFilter,
  DeadLetters,
  NodeStatus,
  ResultOptions,
  RunArguments,
  Requeued,
  RunHandle,
  RunOptions,
  RunState,
  RunStatus,
  RunUpdate,
  Startable,
  StatusOptions,
} from "@arpeggio/client";
// --- the roles by themselves, for processes that wire them up on their own
export { createClient } from "@arpeggio/client";
export type { Client, ClientOptions } from "@arpeggio/client";
export { CoordinatorStoppedError, createCoordinator } from "@arpeggio/coordinator";
export type { Coordinator, CoordinatorOptions } from "@arpeggio/coordinator";
export { createWorker, quietLogger } from "@arpeggio/worker";
export type { Logger, TaskSource, Worker, WorkerOptions, WorkerStats } from "@arpeggio/worker";
