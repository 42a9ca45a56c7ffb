/**
 * Whether two values of the wire are equal: part by part, whatever the order of an object's keys. Nothing equals `null`, and a
 * field that is undefined is one that is not there.
 */
export function payloadsEqual(left: unknown, right: unknown): boolean {
  const open: [unknown, unknown][] = [[left ?? null, right ?? null]];
  // A list and not recursion: values nest as deep as their sender likes.
  for (let pair = open.pop(); pair !== undefined; pair = open.pop()) {
    const [a, b] = pair;
    if (Object.is(a, b)) continue;
    if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) {
      if (a === b) continue;
      return false;
    }
    const parts = partsOf(a, b);
    if (parts === undefined) return false;
    for (const part of parts) open.push(part);
  }
  return true;
}

function partsOf(a: object, b: object): [unknown, unknown][] | undefined {
  if (a instanceof Date || b instanceof Date) {
    return a instanceof Date && b instanceof Date && a.getTime() === b.getTime() ? [] : undefined;
  }
  if (a instanceof Uint8Array || b instanceof Uint8Array) {
    return a instanceof Uint8Array && b instanceof Uint8Array && haveEqualBytes(a, b) ? [] : undefined;
  }
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return undefined;
    return a.map((item: unknown, i) => [item ?? null, (b[i] as unknown) ?? null]);
  }
  const [one, other] = [fieldsOf(a), fieldsOf(b)];
  if (one.size !== other.size) return undefined;
  const pairs: [unknown, unknown][] = [];
  for (const [key, value] of one) {
    if (!other.has(key)) return undefined;
    pairs.push([value, other.get(key)]);
  }
  return pairs;
}

function haveEqualBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

function fieldsOf(value: object): Map<string, unknown> {
  return new Map(Object.entries(value).filter(([, field]) => field !== undefined));
}
