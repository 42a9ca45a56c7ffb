import type { Mutation } from "./mutant.mjs";
import type { TrialResult } from "./trial.mjs";

export const PAGE: string;
export function withoutIds(says: string): string;
export function rowOf(mutation: Mutation, result: TrialResult): string;
export function nameIn(line: string): string | undefined;
export function tableLines(): readonly string[];
export function writeTable(rows: ReadonlyMap<string, string>): void;
