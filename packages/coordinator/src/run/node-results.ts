import type { Value } from "./value.ts";

const PAGE_BITS = 10;
const PAGE_NODES = 2 ** PAGE_BITS;

/**
 * The results of a large run's nodes, as long as somebody may read them. At one time that is so for few of them, which lie near
 * each other: so they lie in pages, of which there are only those with results.
 */
export class PagedResults {
  readonly #pages: (Page | undefined)[] = [];

  get(node: number): Value | undefined {
    return this.#pages[node >>> PAGE_BITS]?.values[node % PAGE_NODES];
  }

  set(node: number, value: Value | undefined): void {
    const number = node >>> PAGE_BITS;
    const page = this.#pages[number] ?? (value === undefined ? undefined : this.#newPage(number));
    if (page === undefined) return;
    const place = node % PAGE_NODES;
    if (page.values[place] !== undefined) page.count--;
    if (value !== undefined) page.count++;
    page.values[place] = value;
    if (page.count === 0) this.#pages[number] = undefined;
  }

  #newPage(number: number): Page {
    while (this.#pages.length < number) this.#pages.push(undefined);
    return (this.#pages[number] = new Page());
  }
}

class Page {
  count = 0;
  readonly values = new Array<Value | undefined>(PAGE_NODES).fill(undefined);
}

/** The result of each node of a run: a list in small runs. */
export type NodeResults = (Value | undefined)[] | PagedResults;

export function pagedResults(results: NodeResults): PagedResults {
  if (results instanceof PagedResults) return results;
  const paged = new PagedResults();
  for (const [node, value] of results.entries()) paged.set(node, value);
  return paged;
}
