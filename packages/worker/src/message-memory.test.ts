import { expect, test } from "vitest";
import { MessageMemory } from "./message-memory.ts";

test("remembers at least as many ids as asked for, and forgets old ones", () => {
  const memory = new MessageMemory(10);
  for (let i = 0; i < 100; i++) memory.note(String(i));
  for (let i = 90; i < 100; i++) expect(memory.has(String(i))).toBe(true);
  expect(memory.has("79")).toBe(false);
});
