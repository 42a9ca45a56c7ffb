import type { Form } from "./form.ts";
import { decidingTemplate, mappingTemplate } from "./reference.ts";

/** A mapping as a step: it reshapes what comes from above without a task. */
export function selectForm(mapping: (result: never) => unknown, place: string): Form {
  return Object.freeze({ kind: "select", template: mappingTemplate(mapping, place), label: "select", entries: 0 });
}

/**
 * The same of a mapping by which something is decided: one that gives a constant was meant to look at the value.
 *
 * @throws {@link MappingInvalidError}
 */
export function decidingForm(mapping: (result: never) => unknown, place: string): Form {
  const template = decidingTemplate(mapping, place);
  return Object.freeze({ kind: "select", template, label: "select", entries: 0 });
}
