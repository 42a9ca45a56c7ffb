import { chainOf, chord, ident } from "./canvases.mjs";

/** Runs started at once before the next ones follow, as many as the baseline adds by one command. */
const startsMax = 500;

/** What the client of a measurement can do with an app. @returns {import("../../client-loop.mjs").Operations} */
export function operationsOf(app) {
  const resultOf = async (canvas, input) => {
    const run = await app.run(canvas, input);
    return run.result();
  };
  return {
    async tasks(payloads) {
      const results = [];
      for (let first = 0; first < payloads.length; first += startsMax) {
        const inputs = payloads.slice(first, first + startsMax);
        const runs = await Promise.all(inputs.map((input) => app.run(ident, input)));
        for (const run of runs) results.push(run.result());
      }
      return Promise.all(results);
    },
    one: (payload) => resultOf(ident, payload),
    chain: (payload, length) => resultOf(chainOf(length), payload),
    chord: (payloads) => resultOf(chord, payloads),
  };
}
