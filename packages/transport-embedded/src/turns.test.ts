import { expect, it } from "vitest";
import { Turns } from "./turns.ts";

/** Calls itself `times` times, each in a round of its own. */
function relay(turns: Turns, times: number, onRound: (round: number) => void): void {
  const next = (round: number) => {
    onRound(round);
    if (round < times) turns.plan(() => next(round + 1));
  };
  turns.plan(() => next(1));
}

it("goes on with what follows in the same turn, also while somebody waits for an answer", async () => {
  const turns = new Turns();
  let rounds = 0;
  let roundsAtAnswer = -1;
  relay(turns, 10, (round) => (rounds = round));
  turns.plan(() => void turns.answered().then(() => (roundsAtAnswer = rounds)));
  await new Promise((resolve) => setImmediate(resolve));
  expect(rounds).toBe(10);
  expect(roundsAtAnswer).toBe(-1);
  await new Promise((resolve) => setImmediate(resolve));
  expect(roundsAtAnswer).toBe(10);
});

it("lets nobody wait for ever for an answer, nor the event loop, while messages cause messages without end", async () => {
  const turns = new Turns();
  let rounds = 0;
  let isAnswered = false;
  relay(turns, Infinity, (round) => (rounds = round));
  void turns.answered().then(() => (isAnswered = true));
  await new Promise((resolve) => setImmediate(resolve));
  expect(isAnswered).toBe(true);
  expect(rounds).toBeLessThan(100);
  const before = rounds;
  const again = turns.answered();
  await again;
  expect(rounds).toBeGreaterThanOrEqual(before);
  expect(rounds).toBeLessThan(200);
});

it("answers before it hands anything over in a turn", async () => {
  const turns = new Turns();
  const order: string[] = [];
  turns.plan(() => order.push("message"));
  await turns.answered().then(() => order.push("answer"));
  await new Promise((resolve) => setImmediate(resolve));
  expect(order).toEqual(["answer", "message"]);
});
