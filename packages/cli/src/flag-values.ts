import { ArgumentInvalidError } from "./cli-errors.ts";

/** The whole number, 0 or more, that an option was given as. @throws {@link ArgumentInvalidError} */
export function wholeNumber(option: string, text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isSafeInteger(value) || value < 0) {
    throw new ArgumentInvalidError(option, text, "a whole number");
  }
  return value;
}
