import type { Expr } from "../graph/expression.ts";
import { MappingInvalidError, shown } from "./build-errors.ts";
import type { Form } from "./form.ts";
import { mappingTemplate } from "./reference.ts";

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

/** The expression of such a mapping, over `$in`. @throws {@link MappingInvalidError} */
export function decidingTemplate(mapping: (result: never) => unknown, place: string): Expr {
  const template = mappingTemplate(mapping, place);
  if (!("const" in template)) return template;
  throw new MappingInvalidError(
    `the mapping of ${place}`,
    `always gives ${shown(template.const)}`,
    "It runs once, before there is any data, and === and ! look at the reference itself: compare with eq(), ne(), lt() …, and combine with and(), or(), not().",
  );
}
