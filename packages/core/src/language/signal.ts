import { OptionInvalidError, SchemaInvalidError } from "./build-errors.ts";
import type { Canvas } from "./canvas.ts";
import { asCanvas, CanvasValue } from "./canvas-value.ts";
import { durationMs } from "./duration.ts";
import type { Duration } from "./duration.ts";
import { checkedName } from "./name.ts";
import { checkedOptions } from "./option-check.ts";
import { checkedSchema, jsonSchemaOf } from "./schema.ts";
import type { AnySchema, JsonSchemaDocument, SchemaIn } from "./schema.ts";
import type { NoSchema } from "./task.ts";

/** Options of {@link signal}. */
export interface SignalStepOptions {
  /** How long to wait: when it is over the node fails with `NODE_TIMED_OUT`. No limit by default. */
  readonly timeout?: Duration;
}

type PayloadOf<S extends AnySchema> = NoSchema extends S ? unknown : SchemaIn<S>;

/**
 * Waits until somebody sends the run this signal; its result is the signal's payload. What comes from above is dropped. A signal
 * that comes early is kept.
 *
 * ```ts
 * const approval = signal("approved", jsonSchema<{ by: string }>({ type: "object" }), { timeout: "2d" });
 * // later, anywhere: await run.signal("approved", { by: "ada" });
 * ```
 *
 * @param schema - What the payload has to be. Senders check it as JSON Schema, so it transforms nothing.
 * @throws TaskNameInvalidError, OptionInvalidError, and SchemaInvalidError for a schema that cannot be said as JSON Schema.
 */
export function signal<const N extends string, S extends AnySchema = NoSchema>(
  name: N,
  schema?: S,
  options: SignalStepOptions = {},
): Canvas<unknown, PayloadOf<S>, `signal(${N})`> {
  const checked = checkedName("signal", name);
  const { timeout } = checkedOptions(`the options of signal '${name}'`, options, ["timeout"]);
  const document = schema === undefined ? undefined : payloadSchema(name, schema);
  return asCanvas(
    new CanvasValue(
      Object.freeze({
        kind: "signal",
        signal: checked,
        ...(document ? { schema: document } : {}),
        ...(timeout === undefined ? {} : { timeoutMs: timeoutMs(timeout) }),
        label: `signal(${checked})`,
        entries: 1,
      }),
    ),
  );
}

function payloadSchema(name: string, schema: unknown): JsonSchemaDocument {
  const what = `the schema of signal '${name}'`;
  const document = jsonSchemaOf(checkedSchema(what, schema));
  if (document === undefined) {
    throw new SchemaInvalidError(`${what} cannot be said as JSON Schema, by which senders check what they send`);
  }
  return document;
}

function timeoutMs(timeout: Duration): number {
  const ms = durationMs("timeout", timeout);
  if (ms < 1) throw new OptionInvalidError("timeout", timeout, "at least 1 ms (leave it out for no limit)");
  return ms;
}
