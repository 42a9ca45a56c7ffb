/** Texts by the order of their code units, so that those with one beginning stand together. */
export class SortedTexts {
  readonly #texts: readonly string[];

  constructor(texts: Iterable<string>) {
    this.#texts = Array.from(texts).toSorted(byCode);
  }

  at(place: number): string | undefined {
    return this.#texts[place];
  }

  /** The place of the first that does not stand before `text`; where none does, the place behind the last. */
  placeOf(text: string): number {
    let low = 0;
    let high = this.#texts.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#texts[middle] as string) < text) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Whether one of them begins with `text`. */
  hasBeginning(text: string): boolean {
    return this.#texts[this.placeOf(text)]?.startsWith(text) === true;
  }
}

function byCode(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
