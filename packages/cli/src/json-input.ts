import { InputNotJsonError } from "./cli-errors.ts";

/** What a JSON text on the command line says. @throws InputNotJsonError */
export function jsonInput(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new InputNotJsonError(text, error);
  }
}
