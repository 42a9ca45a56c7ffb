import { func, task } from "../index.ts";

export const inc = task("math.inc", (n: number) => n + 1);
export const area = task("math.area", (r: { width: number; height: number }) => r.width * r.height);
export const add = func("math.add", (a: number, b: number) => a + b);
export const sum = task("math.sum", (numbers: readonly number[]) => numbers.length);
