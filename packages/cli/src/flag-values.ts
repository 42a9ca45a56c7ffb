import { ArgumentInvalidError } from "./cli-errors.ts";

/**
 * The whole number that an option was given as.
 *
 * @param least 0 if it is left out; errors name it where it is given.
 * @throws {@link ArgumentInvalidError}
 */
export function wholeNumber(option: string, text: string, least?: number): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isSafeInteger(value) || value < (least ?? 0)) {
    const wanted = least === undefined ? "a whole number" : `a whole number, ${least} or more`;
    throw new ArgumentInvalidError(option, text, wanted);
  }
  return value;
}

/** The label in `tenant=42`. @throws {@link ArgumentInvalidError} */
export function labelIn(text: string): Readonly<Record<string, string>> {
  const at = text.indexOf("=");
  if (at < 1) throw new ArgumentInvalidError("--label", text, "a name and a value, such as tenant=42");
  return { [text.slice(0, at)]: text.slice(at + 1) };
}

/** What an option that is given again and again comes to. */
export function collected(value: string, values: readonly string[] | undefined): readonly string[] {
  return [...(values ?? []), value];
}
