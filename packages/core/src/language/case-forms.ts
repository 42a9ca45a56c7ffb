import { REFUSED_NAME } from "../wire/value-not-serialisable.ts";
import { GroupKeyInvalidError, OptionInvalidError } from "./build-errors.ts";
import { formOf } from "./canvas-form.ts";
import type { ChooseForm } from "./composite-form.ts";
import { isObject } from "./option-check.ts";

/**
 * The forms of the cases of a choice, and of the canvas for the rest.
 *
 * @throws {@link OptionInvalidError} for cases that are no object or none at all, {@link GroupKeyInvalidError},
 * CanvasExpectedError.
 */
export function caseForms(cases: unknown, otherwise: unknown): Pick<ChooseForm, "cases" | "otherwise"> {
  if (!isObject(cases)) throw new OptionInvalidError("cases", cases, "an object with a canvas for each case");
  const rest = otherwise === undefined ? {} : { otherwise: formOf(otherwise, "the otherwise of choose()") };
  const entries = Object.entries(cases);
  if (entries.length === 0 && otherwise === undefined)
    throw new OptionInvalidError("cases", cases, "at least one case");
  return {
    cases: entries.map(([key, one]) => {
      if (key === REFUSED_NAME) throw new GroupKeyInvalidError("choose() has a case", key);
      return [key, formOf(one, `case '${key}' of choose()`)] as const;
    }),
    ...rest,
  };
}
