// --- errors
export { ArpeggioError, isArpeggioError } from "./errors/arpeggio-error.ts";
export { errorInfoOf, STACK_CHARS_MAX } from "./errors/failure.ts";
export type { AttemptFailure, ErrorInfo, NodeFailure, RunFailure, RunFailureRecord } from "./errors/failure.ts";
export { nearNames } from "./errors/near-names.ts";
// --- ids
export { partitionOf } from "./ids/partition.ts";
export { createIdMaker, NameInvalidError, randomToken, replaceTokenBytes, token } from "./ids/token.ts";
// --- transport contract
export type {
  AttemptConsumer,
  AttemptQueues,
  ConsumeOptions,
  Delivery,
  PassedOverJudge,
  QueuedAttempt,
  StoredAttempt,
  StoredFilter,
} from "./transport/attempt-queues.ts";
export type { BlobStore } from "./transport/blob-store.ts";
export { setAside } from "./transport/dead-letter-box.ts";
export type { FoundRecord } from "./transport/dead-letter-box.ts";
export { elapsedMs, systemClock } from "./transport/clock.ts";
export type { Clock, Timer } from "./transport/clock.ts";
export type {
  AppendOptions,
  Claim,
  EventLog,
  EventOrigin,
  FirstAttempt,
  LogMessage,
  LogPlace,
  LogReader,
  Subscription,
} from "./transport/event-log.ts";
export type { BucketName, Entry, KeyValue, ObservedEntry } from "./transport/key-value.ts";
export { deeply } from "./collections/deep-call.ts";
export type { DeepCall } from "./collections/deep-call.ts";
export { Fifo } from "./collections/fifo.ts";
export { PassingMap } from "./collections/passing-map.ts";
export { PassingSet } from "./collections/passing-set.ts";
export { SortedTexts } from "./collections/sorted-texts.ts";
export type { StoreListener } from "./transport/store-listener.ts";
export type { BusMessage, MessageBus } from "./transport/message-bus.ts";
export {
  BlobNotFoundError,
  LogTruncatedError,
  MessageTooLargeError,
  NoAnswerError,
  QueueFullError,
  RevisionMismatchError,
  StorageFullError,
  TransportClosedError,
} from "./transport/transport-errors.ts";
export type { Transport, TransportLimits, TransportProvider } from "./transport/transport.ts";
// --- wire
export { ABORT_REMEMBERED_MS, busSubjects } from "./wire/control.ts";
export type {
  AbortNotice,
  ControlReply,
  ControlRequest,
  LiveEvent,
  NodeAnswer,
  NodeStatusRecord,
  RunConditions,
  RunListRequest,
  RunRequest,
  RunStatusRecord,
  RunSummaryRecord,
  SignalAnswer,
  Waker,
} from "./wire/control.ts";
export { compareRunPlaces } from "./wire/run-order.ts";
export type { RunPlace } from "./wire/run-order.ts";
export { encodeFrame, FRAME_HEADER_BYTES, hasFrameOf, RecordUndecodableError, splitFrames } from "./wire/frame.ts";
export type { Frame } from "./wire/frame.ts";
export type {
  AttemptFailed,
  AttemptInput,
  AttemptRecord,
  AttemptReplaced,
  AttemptStarted,
  AttemptSucceeded,
  DeadLetterRecord,
  ExpressionEvaluated,
  LeaseRecord,
  NodeState,
  NodesCancelRequested,
  OutcomeRecord,
  Payload,
  RunCancelRequested,
  RunEnded,
  RunEvent,
  RunPauseRequested,
  RunResumeRequested,
  RunStarted,
  SignalReceived,
  TimerFired,
  WorkerRecord,
} from "./wire/records.ts";
export { labelsOfStep, queueOfStep, stepDefaults } from "./wire/step-defaults.ts";
export type { RetryPolicy, StepDefaults } from "./wire/step-defaults.ts";
// --- language
export type { AnyCanvas, In, NameOf, Out } from "./language/any-canvas.ts";
export {
  BindingInvalidError,
  BranchesEmptyError,
  CanvasExpectedError,
  ChainEmptyError,
  ChordBodyMissingError,
  ConstantInvalidError,
  FlowInvalidError,
  GroupKeyInvalidError,
  MappingInvalidError,
  NodeNameDuplicateError,
  OptionInvalidError,
  SchemaInvalidError,
  TaskNameDuplicateError,
  TaskNameInvalidError,
} from "./language/build-errors.ts";
export type { NamedThing } from "./language/build-errors.ts";
export { isCanvas } from "./language/canvas-value.ts";
export type { Canvas, CanvasMethods } from "./language/canvas.ts";
export { chain } from "./language/chain.ts";
export type { Cases, Condition, Selector } from "./language/choice-check.ts";
export { choose } from "./language/choose.ts";
export { chord } from "./language/chord.ts";
export { batch, chunks } from "./language/chunks.ts";
export { contract, implement } from "./language/contract.ts";
export type { Contract, ContractSpec } from "./language/contract.ts";
export { durationMs } from "./language/duration.ts";
export type { Duration } from "./language/duration.ts";
export { flow } from "./language/flow.ts";
export type { FlowStep, FlowStepOptions } from "./language/flow-step.ts";
export { func } from "./language/func.ts";
export type { AnyFunc, Func } from "./language/func.ts";
export type { FailuresAllowed } from "./language/failures-allowed.ts";
export { group } from "./language/group.ts";
export type { AnyGroup, Group } from "./language/group.ts";
export { finish, handlerReply, replaceWith, skip } from "./language/handler-reply.ts";
export type { EarlyEnd, HandlerReply, Replacement, Reply } from "./language/handler-reply.ts";
export { loop } from "./language/loop.ts";
export type { LoopOptions } from "./language/loop.ts";
export { map, mapSettled } from "./language/map.ts";
export type { ChunkedMapOptions, MapOptions, MapSettledOptions } from "./language/map.ts";
export type { ItemOutcome, Outcomes } from "./language/outcome.ts";
export { checkedMethods, checkedOptions } from "./language/option-check.ts";
export { and, eq, exists, ge, gt, le, lt, ne, not, or, size } from "./language/operators.ts";
export { any, quorum, race } from "./language/race.ts";
export { at } from "./language/reference.ts";
export type { Mapped, Ref, Reference, ValueOf } from "./language/reference.ts";
export { t } from "./language/schema-builder.ts";
export type {
  ListLimits,
  LiteralValue,
  NumberLimits,
  ObjectFields,
  ObjectLimits,
  OptionalField,
  SchemaNotes,
  StringLimits,
} from "./language/schema-builder.ts";
export { jsonSchema } from "./language/schema.ts";
export type { AnySchema, JsonSchema, JsonSchemaDocument, SchemaIn, SchemaOut } from "./language/schema.ts";
export type { Compensation, Failure, ScopeEnd, UndoReason } from "./language/scope-handlers.ts";
export { settled } from "./language/settled.ts";
export type { SettledOptions } from "./language/settled.ts";
export { signal } from "./language/signal.ts";
export type { SignalStepOptions } from "./language/signal.ts";
export { sleep } from "./language/sleep.ts";
export { starmap } from "./language/starmap.ts";
export { mergedOptions, nodeOptions } from "./language/step-options.ts";
export type { CanvasOptions, Priority, RetryOptions, StepOptions, TaskOptions } from "./language/step-options.ts";
export type { Handler, TaskContext } from "./language/task-context.ts";
export type { TaskDefinition } from "./language/task-definition.ts";
export { PermanentTaskError, RetryLaterError } from "./language/task-errors.ts";
export { task } from "./language/task.ts";
export type { CanvasTiming, TimingOptions } from "./language/timing-options.ts";
export type { AnyLocalTask, AnyTask, LocalTask, Task, TaskSpec } from "./language/task.ts";
export { issuesText, validateInput, validateTaskInput, validateTaskOutput } from "./language/validation.ts";
export type { Issue, Validation } from "./language/validation.ts";
export { isWorkflow, workflow } from "./language/workflow.ts";
export type { AnyWorkflow, RunInput, RunOutput, Workflow, WorkflowOptions } from "./language/workflow.ts";
// --- graph
export { compile } from "./graph/compile.ts";
export type { CompiledWorkflow } from "./graph/compile.ts";
export { toDot } from "./graph/dot.ts";
export { edgesOf } from "./graph/edges.ts";
export type { Edge } from "./graph/edges.ts";
export { evaluate } from "./graph/evaluate.ts";
export { INPUT_REF, nodesReadBy, OPERATORS, partsOf, resolved } from "./graph/expression.ts";
export type { ConstExpr, Expr, Operator, OpExpr, Path, RefExpr } from "./graph/expression.ts";
export { argumentPlace, argumentRef } from "./graph/argument-ref.ts";
export { ExpressionFailedError, GraphInvalidError, GraphTooLargeError } from "./graph/graph-errors.ts";
export type { GraphProblem } from "./graph/graph-errors.ts";
export { graphHash, valueText } from "./graph/graph-hash.ts";
export { assertGraph, graphProblems } from "./graph/graph-problems.ts";
export { graphSchema } from "./graph/graph-schema.ts";
export { expressionsOf, inputOf, levelsOf, readsOf } from "./graph/graph.ts";
export type {
  BranchesNode,
  ChooseNode,
  FailureLimit,
  Graph,
  GraphNode,
  LoopNode,
  MapNode,
  NodeOptions,
  NodeTiming,
  ScopeNode,
  SignalNode,
  TaskNode,
  WorkflowGraph,
} from "./graph/graph.ts";
export { toMermaid } from "./graph/mermaid.ts";
export { isInside } from "./graph/path-inside.ts";
// --- codec
export { announcementIn, peerIn, pressureIn } from "./wire/announcement.ts";
export { decodeAttempt, encodeAttempt } from "./wire/attempt-codec.ts";
export { blobReferenceOf, encodeBlobReference, isBlobReference, payloadArrayLength } from "./wire/blob-reference.ts";
export type { BlobReference } from "./wire/blob-reference.ts";
export {
  decodeAbort,
  decodeControlReply,
  decodeControlRequest,
  encodeAbort,
  encodeControlReply,
  encodeControlRequest,
} from "./wire/control-codec.ts";
export { decodeDeadLetter, encodeDeadLetter } from "./wire/dead-letter-codec.ts";
export { decodeEvent, encodeEvent, readEvents } from "./wire/event-codec.ts";
export { createEventWriter, EventWriterClosedError } from "./wire/event-writer.ts";
export type { EventWriter, EventWriterOptions } from "./wire/event-writer.ts";
export { decodeExpression, encodeExpression } from "./wire/expression-codec.ts";
export { decodeGraph, encodeGraph } from "./wire/graph-codec.ts";
export { graphPartKeys, joinGraph, splitGraph, wholeGraph } from "./wire/graph-parts.ts";
export type { GraphParts } from "./wire/graph-parts.ts";
export { decodeLease, encodeLease } from "./wire/lease-codec.ts";
export { decodeLive, encodeLive } from "./wire/live-codec.ts";
export { arrayHeader, joined, mapHeader } from "./wire/msgpack-header.ts";
export { nodeStates } from "./wire/node-states.ts";
export { decodeOutcome, encodeOutcome } from "./wire/outcome-codec.ts";
export { blobKeysIn, loadPayload } from "./wire/load-payload.ts";
export { decodePayload, encodePayload, offloadPayload } from "./wire/payload.ts";
export { runFailureOf } from "./wire/run-failure.ts";
export { payloadArrayEnds, payloadEnd, splitPayloadArray } from "./wire/payload-scan.ts";
export { MOMENT_MS_MAX } from "./wire/record-fields.ts";
export { encodeLargeRecord, recordKinds, WIRE_VERSION } from "./wire/record-kinds.ts";
export { remainsKey } from "./wire/remains.ts";
export type { DoneNode, RunRemains } from "./wire/remains.ts";
export { decodeKept, decodeRemains, encodeKept, encodeRemains } from "./wire/remains-codec.ts";
export { KnownGraphs } from "./wire/known-graphs.ts";
export { readGraph, soundGraph, storeGraph } from "./wire/stored-graph.ts";
export { splicePayloadArray, splicePayloadObject } from "./wire/splice.ts";
export { ValueNotSerialisableError } from "./wire/value-not-serialisable.ts";
export { decodeWorker, encodeWorker } from "./wire/worker-codec.ts";
