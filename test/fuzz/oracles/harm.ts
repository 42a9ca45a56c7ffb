import { isArpeggioError } from "@arpeggio/core";

/** Something that must not come of any bytes. */
export class HarmError extends Error {
  override readonly name = "HarmError";
}

export function ensure(isSo: boolean, what: string): asserts isSo {
  if (!isSo) throw new HarmError(what);
}

/** What was tried with one record or many. */
export interface Tally {
  read: number;
  refused: number;
}

/** Codes of errors that bytes may lead to, beside the one of records that do not decode. */
export type Codes = readonly string[];

/**
 * What `read` gives; undefined where it throws an error of the project with one of these codes and a hint.
 *
 * @throws {@link HarmError} for every other error.
 */
export function tried<T>(tally: Tally, what: string, codes: Codes, read: () => T): { readonly value: T } | undefined {
  try {
    const value = read();
    tally.read++;
    return { value };
  } catch (error) {
    refusal(tally, what, codes, error);
    return undefined;
  }
}

/** The same for what takes time. */
export async function triedLater<T>(
  tally: Tally,
  what: string,
  codes: Codes,
  read: () => Promise<T> | T,
): Promise<{ readonly value: T } | undefined> {
  try {
    const value = await read();
    tally.read++;
    return { value };
  } catch (error) {
    refusal(tally, what, codes, error);
    return undefined;
  }
}

function refusal(tally: Tally, what: string, codes: Codes, error: unknown): void {
  if (error instanceof HarmError) throw error;
  const isTyped =
    isArpeggioError(error) && error.hint !== "" && (error.code === "RECORD_UNDECODABLE" || codes.includes(error.code));
  if (isTyped) tally.refused++;
  else throw new HarmError(`${what} threw ${error instanceof Error ? error.stack : String(error)}`);
}

const prototypes = [Object, Array, Uint8Array, Function, Map, String, Number, Date].map(
  ({ prototype }): object => prototype,
);
const keysBefore = prototypes.map((prototype) => Reflect.ownKeys(prototype).length);

/** Whether something was put on an object that all others inherit from. */
export function arePrototypesClean(): boolean {
  const probe: Readonly<Record<string, unknown>> = {};
  return (
    probe["x"] === undefined && prototypes.every((prototype, i) => Reflect.ownKeys(prototype).length === keysBefore[i])
  );
}
