import { expect, it } from "vitest";
import { Turns } from "./turns.ts";

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

/** Calls itself `times` times, each in a round of its own. */
function relay(turns: Turns, times: number, onRound: (round: number) => void): void {
  const next = (round: number) => {
    onRound(round);
    if (round < times) turns.plan(() => next(round + 1));
  };
  turns.plan(() => next(1));
}

it("does all that follows in one turn, and what is to begin only in the next", async () => {
  const turns = new Turns();
  let rounds = 0;
  let roundsAtBeginning = -1;
  relay(turns, 10, (round) => (rounds = round));
  turns.plan(() => void turns.begin(() => (roundsAtBeginning = rounds)));
  await nextTurn();
  expect(rounds).toBe(10);
  expect(roundsAtBeginning).toBe(-1);
  await nextTurn();
  expect(roundsAtBeginning).toBe(10);
});

it("leaves time for beginnings and for the event loop where messages cause messages without end", async () => {
  const turns = new Turns();
  let rounds = 0;
  relay(turns, Infinity, (round) => (rounds = round));
  for (let i = 1; i <= 5; i++) {
    await turns.begin(() => {});
    await nextTurn();
    expect(rounds).toBeLessThan(i * 100);
  }
});

it("tells who began something before it hands anything over", async () => {
  const turns = new Turns();
  const order: string[] = [];
  turns.plan(() => order.push("message"));
  await turns.begin(() => order.push("begun")).then(() => order.push("told"));
  await nextTurn();
  expect(order).toEqual(["begun", "told", "message"]);
});
