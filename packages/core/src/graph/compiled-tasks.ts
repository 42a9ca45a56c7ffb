import { TaskNameDuplicateError } from "../language/build-errors.ts";
import type { TaskDefinition } from "../language/task-definition.ts";

/** Adds a task of the canvas to those by name: one that has code stands for contracts of its name. @throws TaskNameDuplicateError */
export function addTask(tasks: Map<string, TaskDefinition>, task: TaskDefinition): void {
  const known = tasks.get(task.name);
  if (known === undefined || (known.handler === undefined && task.handler !== undefined)) {
    tasks.set(task.name, task);
  } else if (task.handler !== undefined && task.handler !== known.handler) {
    throw new TaskNameDuplicateError(task.name);
  }
}
