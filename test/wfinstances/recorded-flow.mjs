import { flow, PermanentTaskError, task } from "arpeggio";

/** What has happened to the steps of each flow of this process, by its number. */
const histories = new Map();

const sleep = task("recorded.sleep", async ({ flow: number, id, ms, parents }, { signal }) => {
  const { parentsOf, begins, ends } = histories.get(number);
  const now = Date.now();
  for (const [i, name] of parentsOf.get(id).entries()) {
    const { id: parent, endedAtMs } = parents[i] ?? {};
    if (parent !== name) throw new PermanentTaskError(`'${id}' got '${parent}' in the place of '${name}'`);
    if (!ends.has(parent) || endedAtMs > now) throw new PermanentTaskError(`'${id}' began before '${parent}' ended`);
  }
  begins.add(id);
  await pause(ms, signal);
  ends.add(id);
  return { id, endedAtMs: Date.now() };
});

/**
 * A recorded workflow as a flow whose steps sleep `msPerSecond` for each second that the task ran, and check when they begin that
 * their parents have ended: by what the parents hand on, and by the true order in this process, which `begins` and `ends` give.
 */
export function recordedFlow({ tasks }, { msPerSecond }) {
  const number = histories.size;
  const [begins, ends] = [new Set(), new Set()];
  histories.set(number, { parentsOf: new Map(tasks.map(({ id, parents }) => [id, parents])), begins, ends });
  const canvas = flow((_, step) => {
    const steps = new Map();
    for (const { id, parents, seconds } of tasks) {
      const given = parents.map((parent) => steps.get(parent));
      steps.set(id, step(sleep, { flow: number, id, ms: seconds * msPerSecond, parents: given }));
    }
    return tasks.length;
  });
  return { canvas, begins, ends };
}

function pause(ms, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
}
