import { ensure } from "./harm.ts";

const allowed = new Set<unknown>([Object.prototype, Array.prototype, Uint8Array.prototype, Date.prototype]);

/** Nothing but plain objects, arrays, bytes that are no Buffers, valid dates and primitives; well-formed texts; no `__proto__`. */
export function ensurePlain(value: unknown, what: string): void {
  const open: unknown[] = [value];
  while (open.length > 0) {
    const one = open.pop();
    if (typeof one === "string") ensure(one.isWellFormed(), `${what} has a text with a lone surrogate`);
    ensure(typeof one !== "function" && typeof one !== "symbol", `${what} has a ${typeof one} in it`);
    if (typeof one !== "object" || one === null) continue;
    ensure(allowed.has(Object.getPrototypeOf(one)), `${what} has an object of a foreign prototype in it`);
    if (one instanceof Uint8Array) continue;
    if (one instanceof Date) ensure(!Number.isNaN(one.getTime()), `${what} has an invalid date in it`);
    ensure(!Object.hasOwn(one, "__proto__"), `${what} has a property __proto__`);
    if (Array.isArray(one)) for (const item of one) open.push(item);
    else for (const item of Object.values(one)) open.push(item);
  }
}
