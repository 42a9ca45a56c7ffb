import { decodeAttempt, decodeDeadLetter, RecordUndecodableError } from "@arpeggio/core";
import type { NodeStatusRecord, Timer, Transport } from "@arpeggio/core";
import type { CoordinatorLogger } from "./logger.ts";

/** A run with more than these has more wrong with it than a status can tell. */
const LETTERS_MAX = 20;
/** Who asks for a status waits for two seconds; it is told without letters rather than not at all. */
const LOOK_MS_MAX = 500;

/** The messages of a run that no worker could read, and that lie in the dead letters. */
export interface LettersOfRun {
  /** The status with the letter in which the node's message lies, if it waits for that. */
  told(node: NodeStatusRecord): NodeStatusRecord;
}

export const NO_LETTERS: LettersOfRun = { told: (node) => node };

interface Letter {
  readonly id: string;
  readonly queue: string | undefined;
  /** Absent where this release cannot read it either. */
  readonly attempt?: { readonly nodePath: string; readonly attempt: number };
}

export async function lettersOfRun(transport: Transport, run: string, log: CoordinatorLogger): Promise<LettersOfRun> {
  let timer: Timer | undefined;
  const late = new Promise<readonly Letter[]>((resolve) => {
    timer = transport.clock.after(LOOK_MS_MAX, () => resolve([]));
  });
  const found = readLetters(transport, run).catch((error: unknown) => {
    log.warn(`the dead letters of run ${run} could not be looked at`, error);
    return [];
  });
  const letters = await Promise.race([found, late]).finally(() => timer?.cancel());
  return letters.length === 0 ? NO_LETTERS : { told: (node) => withLetter(node, letters) };
}

async function readLetters(transport: Transport, run: string): Promise<readonly Letter[]> {
  const letters: Letter[] = [];
  for await (const { key, value } of transport.bucket("dead-letters").entries(`attempts.${run}.>`)) {
    const letter = letterIn(key, value);
    if (letter !== undefined) letters.push(letter);
    if (letters.length === LETTERS_MAX) break;
  }
  return letters;
}

/** Nothing for other letters: an attempt that ends its workers has failed its node, or is being tried. */
function letterIn(id: string, value: Uint8Array): Letter | undefined {
  try {
    const { code, bytes, queue } = decodeDeadLetter(value);
    return code === UNREADABLE ? { id, queue, ...attemptIn(bytes) } : undefined;
  } catch (error) {
    if (error instanceof RecordUndecodableError) return undefined;
    throw error;
  }
}

const UNREADABLE = new RecordUndecodableError("").code;

/** What an older worker could not read, this release may. */
function attemptIn(bytes: Uint8Array): Pick<Letter, "attempt"> {
  try {
    const { nodePath, attempt } = decodeAttempt(bytes);
    return { attempt: { nodePath, attempt } };
  } catch {
    return {};
  }
}

function withLetter(status: NodeStatusRecord, letters: readonly Letter[]): NodeStatusRecord {
  const { node, state, attempt, waitsFor } = status;
  if (state !== "queued" || waitsFor?.kind !== "worker") return status;
  const isIts = (letter: Letter) =>
    letter.attempt === undefined
      ? letter.queue === waitsFor.queue
      : letter.attempt.nodePath === node && letter.attempt.attempt === attempt;
  const letter = letters.find(isIts);
  return letter === undefined ? status : { ...status, waitsFor: { ...waitsFor, letter: letter.id } };
}
