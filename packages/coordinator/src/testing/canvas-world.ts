import { compile, task } from "@arpeggio/core";
import type { AnyCanvas } from "@arpeggio/core";
import { RunWorld } from "./run-world.ts";

export const a = task("a", (input: unknown): unknown => input);
export const b = task("b", (input: unknown): unknown => input);
export const c = task("c", (input: unknown): unknown => input);
export const list = task("list", (_input: unknown): unknown[] => []);

export const world = (canvas: AnyCanvas, input: unknown = 1) => new RunWorld(compile(canvas).graph, input);
export const paths = (run: RunWorld) => run.dispatched.map(({ path }) => path);
