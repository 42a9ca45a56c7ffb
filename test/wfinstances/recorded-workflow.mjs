/** What is wrong with a file that should hold a recorded workflow. */
export class RecordingInvalidError extends Error {
  name = "RecordingInvalidError";
}

/**
 * A recorded workflow, from a document in the WfFormat of WfCommons (wfcommons.org/format): from 1.4 on, with the tasks in
 * `specification` and their run times in `execution`; before that, in one list with `runtime` or `runtimeInSeconds`.
 * Its tasks come in an order in which each stands after its parents.
 */
export function recordedWorkflow(document) {
  const { workflow, name = "recorded" } = objectOf(document, "the document");
  const { specification, execution, tasks } = objectOf(workflow, "'workflow'");
  const described = listOf(specification?.tasks ?? tasks, "the list of tasks, 'workflow.specification.tasks',");
  const seconds = new Map();
  for (const task of listOf(execution?.tasks ?? tasks, "the list of run times, 'workflow.execution.tasks',")) {
    seconds.set(idOf(task), task.runtimeInSeconds ?? task.runtime);
  }
  const parents = parentsOf(described);
  const ordered = inOrder(parents);
  return {
    name: String(name),
    tasks: ordered.map((id) => ({ id, parents: [...parents.get(id)], seconds: checkedSeconds(id, seconds.get(id)) })),
  };
}

/** How long a recorded workflow takes at least: the run times along its longest path, in seconds. */
export function criticalSeconds({ tasks }) {
  const ends = new Map();
  for (const { id, parents, seconds } of tasks) {
    ends.set(id, seconds + Math.max(0, ...parents.map((parent) => ends.get(parent))));
  }
  return Math.max(0, ...ends.values());
}

/** The parents of every task, from what the parents say of their children, too. */
function parentsOf(described) {
  const parents = new Map();
  for (const task of described) {
    const id = idOf(task);
    if (parents.has(id)) throw new RecordingInvalidError(`two tasks have the id '${id}'`);
    parents.set(id, new Set());
  }
  const connect = (parent, child, said) => {
    for (const id of [parent, child]) {
      if (!parents.has(id)) throw new RecordingInvalidError(`task '${said}' names '${id}', which is no task`);
    }
    parents.get(child).add(parent);
  };
  for (const task of described) {
    const id = idOf(task);
    for (const parent of task.parents ?? []) connect(parent, id, id);
    for (const child of task.children ?? []) connect(id, child, id);
  }
  return parents;
}

function inOrder(parents) {
  const children = new Map([...parents.keys()].map((id) => [id, []]));
  const missing = new Map();
  for (const [id, all] of parents) {
    missing.set(id, all.size);
    for (const parent of all) children.get(parent).push(id);
  }
  const ordered = [...parents.keys()].filter((id) => missing.get(id) === 0);
  for (const id of ordered) {
    for (const child of children.get(id)) {
      missing.set(child, missing.get(child) - 1);
      if (missing.get(child) === 0) ordered.push(child);
    }
  }
  if (ordered.length === parents.size) return ordered;
  throw new RecordingInvalidError(`tasks wait for one another in a circle: ${circleIn(parents, missing).join(" → ")}`);
}

/** One of the circles: every task that still misses something misses one that does, too. */
function circleIn(parents, missing) {
  const path = [];
  let at = [...missing].find(([, count]) => count > 0)[0];
  while (!path.includes(at)) {
    path.push(at);
    at = [...parents.get(at)].find((parent) => missing.get(parent) > 0);
  }
  return [...path.slice(path.indexOf(at)), at].map((id) => `'${id}'`).toReversed();
}

function checkedSeconds(id, seconds) {
  if (typeof seconds === "number" && Number.isFinite(seconds) && seconds >= 0) return seconds;
  throw new RecordingInvalidError(
    seconds === undefined
      ? `task '${id}' has no run time ('runtimeInSeconds')`
      : `task '${id}' has the run time ${JSON.stringify(seconds)}, which is no number of seconds`,
  );
}

/** Before 1.5, tasks may be known by their names. */
function idOf(task) {
  const id = objectOf(task, "a task").id ?? task.name;
  if (typeof id === "string" && id !== "") return id;
  throw new RecordingInvalidError(`a task has neither an 'id' nor a 'name': ${JSON.stringify(task).slice(0, 100)}`);
}

function objectOf(value, what) {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  throw new RecordingInvalidError(`${what} is no object`);
}

function listOf(value, what) {
  if (Array.isArray(value)) return value;
  throw new RecordingInvalidError(`${what} is not there`);
}
