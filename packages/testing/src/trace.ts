import { createHash } from "node:crypto";

interface Line {
  readonly atMs: number;
  readonly who: string;
  readonly what: string | (() => string);
}

/** What happened, for people: virtual time, who, what. Texts are made when somebody reads them. */
export class Trace {
  readonly #lines: Line[] = [];
  readonly #startMs: number;

  constructor(startMs: number) {
    this.#startMs = startMs;
  }

  get length(): number {
    return this.#lines.length;
  }

  add(atMs: number, who: string, what: string | (() => string)): void {
    this.#lines.push({ atMs, who, what });
  }

  lines(): readonly string[] {
    return this.#lines.map(({ atMs, who, what }) => {
      const seconds = ((atMs - this.#startMs) / 1_000).toFixed(4).padStart(9);
      return `${seconds}  ${who.padEnd(16)}  ${typeof what === "string" ? what : what()}`;
    });
  }

  /** Equal for equal traces. */
  digest(): string {
    return createHash("sha256").update(this.lines().join("\n")).digest("hex").slice(0, 16);
  }
}
