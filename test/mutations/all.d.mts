import type { Mutation } from "./mutant.mjs";

export const areas: readonly { readonly title: string; readonly mutations: readonly Mutation[] }[];
