// --- errors
export { ArpeggioError, isArpeggioError } from "./errors/arpeggio-error.ts";
export { errorInfoOf, STACK_CHARS_MAX } from "./errors/failure.ts";
export type { AttemptFailure, ErrorInfo, NodeFailure, RunFailure } from "./errors/failure.ts";
// --- ids
export { partitionOf } from "./ids/partition.ts";
export { createIdMaker, NameInvalidError, randomToken, token } from "./ids/token.ts";
// --- transport contract
export type {
  AttemptConsumer,
  AttemptQueues,
  ConsumeOptions,
  Delivery,
  QueuedAttempt,
} from "./transport/attempt-queues.ts";
export type { BlobStore } from "./transport/blob-store.ts";
export { systemClock } from "./transport/clock.ts";
export type { Clock, Timer } from "./transport/clock.ts";
export type { AppendOptions, Claim, EventLog, LogMessage, LogReader, Subscription } from "./transport/event-log.ts";
export type { BucketName, Entry, KeyValue, ObservedEntry } from "./transport/key-value.ts";
export type { BusMessage, MessageBus } from "./transport/message-bus.ts";
export {
  BlobNotFoundError,
  MessageTooLargeError,
  NoAnswerError,
  RevisionMismatchError,
} from "./transport/transport-errors.ts";
export type { Transport, TransportLimits, TransportProvider } from "./transport/transport.ts";
// --- wire
export { busSubjects } from "./wire/control.ts";
export type {
  AbortNotice,
  ControlReply,
  ControlRequest,
  LiveEvent,
  NodeStatusRecord,
  RunStatusRecord,
  Waker,
} from "./wire/control.ts";
export { encodeFrame, FRAME_HEADER_BYTES, RecordUndecodableError, splitFrames } from "./wire/frame.ts";
export type { Frame } from "./wire/frame.ts";
export type {
  AttemptFailed,
  AttemptInput,
  AttemptRecord,
  AttemptStarted,
  AttemptSucceeded,
  DeadLetterRecord,
  ExpressionEvaluated,
  LeaseRecord,
  NodeState,
  OutcomeRecord,
  Payload,
  RunCancelRequested,
  RunEvent,
  RunStarted,
  TimerFired,
  WorkerRecord,
} from "./wire/records.ts";
export { stepDefaults } from "./wire/step-defaults.ts";
export type { RetryPolicy, StepDefaults } from "./wire/step-defaults.ts";
