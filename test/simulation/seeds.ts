/** Seeds that found something, with what it was. They run in every `pnpm test`. */
export const keptSeeds: readonly (readonly [seed: number, found: string])[] = [
  [240, "an error of the blob store while a result was stored cost the task an attempt"],
];
