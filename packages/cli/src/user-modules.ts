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

/** What a worker can be given of the modules. */
export interface RunnableExports {
  /** Tasks with code, and canvases that have such tasks in them. */
  readonly canvases: readonly AnyCanvas[];
  /** Names of the tasks. */
  readonly names: readonly string[];
}

/**
 * Leaves out contracts, and canvases of nothing but contracts.
 *
 * @throws ModuleWithoutTasksError if nothing is left.
 */
export function runnableIn(exported: ReadonlyMap<string, AnyCanvas>, paths: readonly string[]): RunnableExports {
  const names = new Set<string>();
  const canvases = [...exported.values()].filter((canvas) => {
    const runnable = [...definitionsIn(canvas)].filter(({ handler }) => handler !== undefined);
    for (const { name } of runnable) names.add(name);
    return runnable.length > 0;
  });
  if (canvases.length === 0) throw new ModuleWithoutTasksError(paths);
  return { canvases, names: [...names] };
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
