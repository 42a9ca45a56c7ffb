import type { AnyCanvas } from "@arpeggio/core";
import fc from "fast-check";
import { asPart, signalledCanvas, withMeaning } from "./any-canvas.ts";
import type { CanvasWithMeaning } from "./any-canvas.ts";
import { chained, grouped, number, pass } from "./canvas-parts.ts";
import type { Intervention } from "./interventions.ts";
import type { Course, PlannedRedrive, PlannedRetry } from "./planned-run.ts";
import type { Random } from "./random.ts";

/** A run to be drawn a course for. */
export interface CourseOf {
  /** A word for labels and ids. */
  readonly name: string;
  readonly canvas: CanvasWithMeaning;
  readonly input: unknown;
  /** Codes of failures that may come beside those that the canvas means. */
  readonly alsoCodes: readonly string[];
  /** Whether some redrives come only when everything that is not wanted has gone. */
  readonly isTidied: boolean;
  readonly retry: PlannedRetry;
  /** How often it may be gone on with. */
  readonly redrivesMax: number;
}

/** What is done to a run after its start, and how it is gone on with. */
export function randomCourse(random: Random, of: CourseOf): Course {
  const { name, canvas, input, alsoCodes, redrivesMax, retry } = of;
  const ends = canvas.meaning(input);
  return {
    label: `run ${name}`,
    retry,
    ...(random.chance(0.3) ? { interventions: interventions(random) } : {}),
    ...(random.chance(0.15) ? { cancel: { afterMs: random.int(0, 4_000), compensate: random.chance(0.3) } } : {}),
    ...(ends === undefined ? {} : { expected: { ends, alsoCodes } }),
    ...(redrivesMax > 0 && random.chance(0.7) ? { redrive: randomRedrive(random, of) } : {}),
  };
}

/** The same where nobody knows what comes of it. */
export function withoutMeaning<C extends Course>(course: C): C {
  const { redrive } = course;
  return { ...course, expected: undefined, redrive: redrive === undefined ? undefined : withoutMeaning(redrive) };
}

/** The canvases on which a run is gone on with. */
export function laterCanvases({ redrive }: Course): readonly AnyCanvas[] {
  if (redrive === undefined) return [];
  return [...(redrive.workflow === undefined ? [] : [redrive.workflow]), ...laterCanvases(redrive)];
}

function interventions(random: Random): readonly Intervention[] {
  return Array.from({ length: random.int(1, 3) }, () => ({
    afterMs: random.int(0, 3_000),
    what: random.pick(["pause", "pause", "cancel a node", "signal early"] as const),
    forMs: random.int(0, 5_000),
  }));
}

function randomRedrive(random: Random, of: CourseOf): PlannedRedrive {
  const name = `${of.name}-again`;
  const isChanged = random.chance(0.35);
  const canvas = isChanged ? changed(random, of.canvas) : of.canvas;
  return {
    ...randomCourse(random, { ...of, name, canvas, redrivesMax: of.redrivesMax - 1 }),
    afterMs: of.isTidied && random.chance(0.5) ? random.int(45_000, 60_000) : random.int(0, 2_000),
    ...(isChanged ? { workflow: canvas.canvas } : {}),
    ...(random.chance(0.25) ? { from: random.int(0, 1_000) } : {}),
    ...(random.chance(0.4) ? { id: name } : {}),
  };
}

/** Another version of a canvas, of which more or less stays as it was. */
function changed(random: Random, canvas: CanvasWithMeaning): CanvasWithMeaning {
  const part = asPart(canvas);
  const [other] = fc.sample(signalledCanvas, { seed: random.int(0, 2 ** 31 - 1), numRuns: 1 }) as [CanvasWithMeaning];
  switch (random.pick(["go on", "stand beside", "begin", "label", "replace"] as const)) {
    case "go on":
      return withMeaning(chained(part, number));
    case "stand beside":
      return withMeaning(grouped([part, asPart(other)]));
    case "begin":
      return withMeaning(chained(pass, part));
    case "label":
      return withMeaning({ ...part, canvas: part.canvas.with({ labels: { version: "2" }, priority: 5 }) });
    case "replace":
      return other;
  }
}
