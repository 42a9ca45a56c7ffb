import { expect, test } from "vitest";
import { LiveWorkers } from "./live-workers.ts";
import { describeWait } from "./wait-text.ts";

const workers = new LiveWorkers([
  { id: "w", host: "h", pid: 1, queues: ["cpu"], tasks: ["resize"], startedAtMs: 0, seenAtMs: 0, heartbeatMs: 1 },
]);

test("a queued node waits for a worker, if there is one that can run it", () => {
  expect(describeWait({ kind: "worker", task: "resize", queue: "cpu" }, workers)).toBe(
    "waits for a free worker (queue 'cpu')",
  );
  expect(describeWait({ kind: "worker", task: "crop", queue: "cpu" }, workers)).toBe(
    "no worker knows task 'crop' (queue 'cpu')",
  );
  expect(describeWait({ kind: "worker", task: "resize", queue: "io" }, workers)).toBe(
    "no worker knows task 'resize' (queue 'io')",
  );
  expect(describeWait({ kind: "worker", task: "crop", queue: "cpu" }, undefined)).toBe(
    "waits for a free worker (queue 'cpu')",
  );
});

test("a node whose message was set aside says where it is, whoever could run it", () => {
  const letter = "attempts.r.1f";
  expect(describeWait({ kind: "worker", task: "resize", queue: "cpu", letter }, workers)).toBe(
    "its message could not be read and was set aside; it is queued anew in a few minutes, or at once by " +
      "'arpeggio dead-letters requeue attempts.r.1f' of a release that can read it",
  );
});

test("the other wakers", () => {
  expect(describeWait({ kind: "nodes", nodes: [] }, undefined)).toBe(
    "waits until fewer attempts of the run are under way",
  );
  expect(describeWait({ kind: "nodes", nodes: ["a", "b", "c", "d", "e"] }, undefined)).toBe(
    "waits for a, b, c and 2 more",
  );
  expect(describeWait({ kind: "timer", what: "retry", dueAtMs: 0 }, undefined)).toBe(
    "waits for its next attempt at 1970-01-01T00:00:00.000Z",
  );
  expect(describeWait({ kind: "timer", what: "begin", dueAtMs: 0 }, undefined)).toBe(
    "waits for its beginning at 1970-01-01T00:00:00.000Z",
  );
  expect(describeWait({ kind: "signal", signal: "approved" }, undefined)).toBe("waits for the signal 'approved'");
  expect(describeWait({ kind: "resume" }, undefined)).toBe("waits until the run is resumed");
  expect(describeWait({ kind: "parts", ended: 1, total: 2 }, undefined)).toBe("1 of 2 parts have ended");
  expect(describeWait({ kind: "items", ended: 3, total: 10 }, undefined)).toBe("3 of 10 items have ended");
  expect(describeWait({ kind: "evaluation" }, undefined)).toBe("waits for the coordinator to evaluate an expression");
});
