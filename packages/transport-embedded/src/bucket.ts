import { RevisionMismatchError, type Entry, type ObservedEntry } from "@arpeggio/core";
import { ByteArena } from "./byte-arena.ts";
import { checkedSubject, isMatch, patternTokens, SubjectRouter } from "./subject-router.ts";
import { Mailbox, type Listener, type Turns } from "./turns.ts";

/** One bucket: entries in the order in which they were last put. */
export class Bucket {
  readonly #entries = new Map<string, Entry>();
  readonly #entriesMax: number;
  readonly #arena = new ByteArena();
  readonly #router = new SubjectRouter<Listener<ObservedEntry>>();
  readonly #mailbox: Mailbox<ObservedEntry>;
  /** Keys by their first token; made when somebody asks for such a share of the bucket for the first time. */
  #byFirstToken: Map<string, Set<string>> | undefined;
  /** Goes on where it stopped: a new iterator would have to pass everything that was dropped before. */
  #oldest: Iterator<string, undefined> | undefined;
  #revision = 0;

  /** @param entriesMax more than this, and those put longest ago are dropped. */
  constructor(turns: Turns, entriesMax: number) {
    this.#mailbox = new Mailbox(turns);
    this.#entriesMax = entriesMax;
  }

  get(key: string): Entry | undefined {
    const entry = this.#entries.get(checkedSubject("key", key));
    return entry && copyOf(entry);
  }

  newest(pattern: string): Entry | undefined {
    let newest: Entry | undefined;
    for (const entry of this.#matching(pattern)) {
      if (newest === undefined || entry.revision > newest.revision) newest = entry;
    }
    return newest && copyOf(newest);
  }

  put(key: string, value: Uint8Array): number {
    checkedSubject("key", key);
    return this.#store(key, value);
  }

  putAt(key: string, value: Uint8Array, revision: number): number {
    checkedSubject("key", key);
    if ((this.#entries.get(key)?.revision ?? 0) !== revision) throw new RevisionMismatchError(key, revision);
    return this.#store(key, value);
  }

  delete(key: string, revision?: number): void {
    const entry = this.#entries.get(checkedSubject("key", key));
    if (entry === undefined) return;
    if (revision !== undefined && entry.revision !== revision) throw new RevisionMismatchError(key, revision);
    this.#drop(key);
  }

  entries(pattern: string): readonly Entry[] {
    return Array.from(this.#matching(pattern), copyOf);
  }

  /** Returns what ends it. */
  observe(pattern: string, onEntry: (entry: ObservedEntry) => void): () => void {
    const listener: Listener<ObservedEntry> = { isStopped: false, receive: onEntry };
    const remove = this.#router.add(patternTokens("key pattern", pattern), listener);
    return () => {
      listener.isStopped = true;
      remove();
    };
  }

  #store(key: string, value: Uint8Array): number {
    const entry = { key, value: this.#arena.copy(value), revision: ++this.#revision };
    const { size } = this.#entries;
    this.#entries.set(key, entry);
    if (this.#entries.size > size) {
      this.#index(key);
      if (size >= this.#entriesMax) this.#dropOldest();
    } else {
      // Set anew, so that the map's order is that of the latest puts.
      this.#entries.delete(key);
      this.#entries.set(key, entry);
    }
    for (const listener of this.#router.match(key)) {
      this.#mailbox.add(listener, entry);
    }
    return entry.revision;
  }

  #dropOldest(): void {
    this.#oldest ??= this.#entries.keys();
    const { value: key } = this.#oldest.next();
    if (key !== undefined) this.#drop(key);
  }

  #drop(key: string): void {
    this.#entries.delete(key);
    if (this.#byFirstToken === undefined) return;
    const token = firstTokenOf(key);
    const keys = this.#byFirstToken.get(token);
    if (keys?.delete(key) === true && keys.size === 0) this.#byFirstToken.delete(token);
  }

  #index(key: string): void {
    if (this.#byFirstToken === undefined) return;
    const token = firstTokenOf(key);
    const keys = this.#byFirstToken.get(token);
    if (keys === undefined) this.#byFirstToken.set(token, new Set([key]));
    else keys.add(key);
  }

  *#matching(pattern: string): Iterable<Entry> {
    const tokens = patternTokens("key pattern", pattern);
    const first = tokens[0] as string;
    const keys = first === "*" || first === ">" ? this.#entries.keys() : this.#keysUnder(first);
    for (const key of keys) {
      const entry = this.#entries.get(key);
      if (entry !== undefined && isMatch(tokens, key.split("."))) yield entry;
    }
  }

  #keysUnder(first: string): Iterable<string> {
    if (this.#byFirstToken === undefined) {
      this.#byFirstToken = new Map();
      for (const key of this.#entries.keys()) this.#index(key);
    }
    return this.#byFirstToken.get(first) ?? [];
  }
}

function firstTokenOf(key: string): string {
  const dot = key.indexOf(".");
  return dot < 0 ? key : key.slice(0, dot);
}

function copyOf({ key, value, revision }: Entry): Entry {
  return { key, value: new Uint8Array(value), revision };
}
