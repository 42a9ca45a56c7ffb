import { ArpeggioError } from "@arpeggio/core";

/** There is no dead letter with this id (any more). */
export class DeadLetterNotFoundError extends ArpeggioError {
  override readonly name = "DeadLetterNotFoundError";
  readonly code = "DEAD_LETTER_NOT_FOUND";
  readonly hint = "List the dead letters: it may have been requeued or dropped, or its retention is over.";
  constructor(id: string) {
    super(`there is no dead letter '${id}'`);
  }
}

/** A dead letter cannot be handed on again, or nobody waits for it any more. It stays where it is. */
export class DeadLetterNotRequeuableError extends ArpeggioError {
  override readonly name = "DeadLetterNotRequeuableError";
  readonly code = "DEAD_LETTER_NOT_REQUEUABLE";
  readonly hint = "Start the run again if its result is still wanted, and drop the dead letter.";
  constructor(id: string, why: string) {
    super(`dead letter '${id}' cannot be requeued: ${why}`);
  }
}
