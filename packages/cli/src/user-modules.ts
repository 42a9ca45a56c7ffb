import { existsSync } from "node:fs";
import { extname, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { compile, isCanvas, isWorkflow } from "@arpeggio/core";
import type { AnyCanvas, AnyTask, TaskDefinition } from "@arpeggio/core";
import {
  ModuleFailedError,
  ModuleNotFoundError,
  ModuleWithoutTasksError,
  TypeScriptUnsupportedError,
} from "./cli-errors.ts";

/** A task that a worker can be given. */
export interface FoundTask {
  readonly definition: TaskDefinition;
}

/** Every canvas that the modules export, by module and export name, those in lists and objects included. */
export async function exportedCanvases(paths: readonly string[]): Promise<ReadonlyMap<string, AnyCanvas>> {
  const canvases = new Map<string, AnyCanvas>();
  for (const path of paths) {
    const exports = await loaded(path);
    for (const [name, value] of Object.entries(exports)) {
      if (isCanvas(value)) canvases.set(`${path}#${name}`, value);
      else for (const [key, one] of listed(value)) if (isCanvas(one)) canvases.set(`${path}#${name}.${key}`, one);
    }
  }
  return canvases;
}

/**
 * The tasks with code among exported canvases, and inside of them.
 *
 * @throws ModuleWithoutTasksError if there are none.
 */
export function tasksIn(canvases: ReadonlyMap<string, AnyCanvas>, paths: readonly string[]): readonly FoundTask[] {
  const tasks = new Map<unknown, FoundTask>();
  for (const canvas of canvases.values()) {
    for (const definition of definitionsIn(canvas)) {
      if (definition.handler !== undefined) tasks.set(definition.handler, { definition });
    }
  }
  if (tasks.size === 0) throw new ModuleWithoutTasksError(paths);
  return [...tasks.values()];
}

/** The workflow, or the task, of this name; or the canvas that is exported under it. */
export function canvasNamed(canvases: ReadonlyMap<string, AnyCanvas>, name: string): AnyCanvas | undefined {
  const all = [...canvases];
  const workflow = all.find(([, canvas]) => isWorkflow(canvas) && canvas.workflowName === name);
  const task = all.find(([, canvas]) => (canvas as Partial<AnyTask>).taskName === name);
  return (workflow ?? task ?? all.find(([key]) => key.endsWith(`#${name}`)))?.[1];
}

/** The names under which {@link canvasNamed} finds something. */
export function namesIn(canvases: ReadonlyMap<string, AnyCanvas>): readonly string[] {
  const names = [...canvases].map(([key, canvas]) => {
    if (isWorkflow(canvas)) return canvas.workflowName;
    return (canvas as Partial<AnyTask>).taskName ?? key.slice(key.lastIndexOf("#") + 1);
  });
  return [...new Set(names)];
}

function definitionsIn(canvas: AnyCanvas): Iterable<TaskDefinition> {
  const own = (canvas as Partial<AnyTask>).definition;
  return own === undefined ? compile(canvas).tasks.values() : [own];
}

function listed(value: unknown): readonly (readonly [string, unknown])[] {
  const isPlain =
    Array.isArray(value) ||
    (typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype);
  return isPlain ? Object.entries(value as object) : [];
}

async function loaded(path: string): Promise<Readonly<Record<string, unknown>>> {
  const file = resolve(path);
  if (!existsSync(file)) throw new ModuleNotFoundError(path);
  if ([".ts", ".mts", ".cts"].includes(extname(file)) && !runsTypeScript()) throw new TypeScriptUnsupportedError(path);
  try {
    return (await import(pathToFileURL(file).href)) as Readonly<Record<string, unknown>>;
  } catch (error) {
    throw new ModuleFailedError(path, error);
  }
}

function runsTypeScript(): boolean {
  return Boolean((process.features as { typescript?: unknown }).typescript);
}
