import { NameInvalidError } from "@arpeggio/core";

const SUBJECT = /^[A-Za-z0-9_=-]+(\.[A-Za-z0-9_=-]+)*$/;
const PATTERN = /^([A-Za-z0-9_=-]+|\*)(\.([A-Za-z0-9_=-]+|\*))*(\.>)?$/;

/** As on a server, which ends the connection of whoever sends longer lines. */
const CHARS_MAX = 512;

/** `subject` itself, checked. @param what e.g. `key`, `bus subject`. */
export function checkedSubject(what: string, subject: string): string {
  if (subject.length > CHARS_MAX || !SUBJECT.test(subject)) throw new NameInvalidError(what, subject);
  return subject;
}

/** A pattern, split and checked. */
export function patternTokens(what: string, pattern: string): readonly string[] {
  if (pattern.length > CHARS_MAX || (pattern !== ">" && !PATTERN.test(pattern)))
    throw new NameInvalidError(what, pattern);
  return pattern.split(".");
}

/** Whether a subject fits: `*` stands for one token, a `>` at the end for one or more. */
export function isMatch(pattern: readonly string[], subject: readonly string[]): boolean {
  const isOpen = pattern.at(-1) === ">";
  const fixed = isOpen ? pattern.length - 1 : pattern.length;
  if (isOpen ? subject.length <= fixed : subject.length !== fixed) return false;
  for (let i = 0; i < fixed; i++) if (pattern[i] !== "*" && pattern[i] !== subject[i]) return false;
  return true;
}

const NOBODY: readonly never[] = [];

interface Route<T> {
  readonly pattern: readonly string[];
  readonly target: T;
}

/**
 * Finds who listens to a subject without asking everybody: each listener is filed under one literal token of its
 * pattern and that token's place; only patterns without any are asked every time.
 */
export class SubjectRouter<T> {
  readonly #byToken: Map<string, Set<Route<T>>>[] = [];
  readonly #others = new Set<Route<T>>();
  #count = 0;

  /** Returns what takes it out again. */
  add(pattern: readonly string[], target: T): () => void {
    const route = { pattern, target };
    const place = pattern.findLastIndex((token) => token !== "*" && token !== ">");
    this.#count++;
    if (place < 0) {
      this.#others.add(route);
      return () => {
        if (this.#others.delete(route)) this.#count--;
      };
    }
    const token = pattern[place] as string;
    while (this.#byToken.length <= place) this.#byToken.push(new Map());
    const filed = this.#byToken[place] as Map<string, Set<Route<T>>>;
    const routes = filed.get(token) ?? new Set();
    filed.set(token, routes.add(route));
    return () => {
      if (!routes.delete(route)) return;
      this.#count--;
      if (routes.size === 0 && filed.get(token) === routes) filed.delete(token);
    };
  }

  /** Everybody who listens to the subject, in the order in which they were added to their file. */
  match(subject: string): readonly T[] {
    if (this.#count === 0) return NOBODY;
    const found: T[] = [];
    let tokens: readonly string[] | undefined;
    let from = 0;
    for (let place = 0; place < this.#byToken.length && from >= 0; place++) {
      const to = subject.indexOf(".", from);
      const filed = this.#byToken[place] as Map<string, Set<Route<T>>>;
      const routes = filed.size === 0 ? undefined : filed.get(subject.slice(from, to < 0 ? subject.length : to));
      from = to < 0 ? -1 : to + 1;
      if (routes === undefined) continue;
      tokens ??= subject.split(".");
      for (const { pattern, target } of routes) if (isMatch(pattern, tokens)) found.push(target);
    }
    if (this.#others.size === 0) return found;
    tokens ??= subject.split(".");
    for (const { pattern, target } of this.#others) if (isMatch(pattern, tokens)) found.push(target);
    return found;
  }
}
