import {
  chain,
  finish,
  group,
  PermanentTaskError,
  replaceWith,
  skip,
  validateTaskInput,
  validateTaskOutput,
} from "@arpeggio/core";
import type { Canvas, Out, TaskContext } from "@arpeggio/core";
import sharp from "sharp";
import { describe, expect, expectTypeOf, test } from "vitest";
import { imageTasks } from "./image-tasks.ts";
import { contactSheet, exif, probe, resize, thumbnail, watermark } from "./index.ts";
import type { ExifFacts, Picture, PictureSource } from "./index.ts";
import { PictureError } from "./picture-error.ts";
import { aFolder, READABLE } from "./testing/made-pictures.ts";

const context: TaskContext = {
  runId: "r1",
  nodeId: "n1",
  task: "image",
  attempt: 1,
  signal: new AbortController().signal,
  idempotencyKey: "r1/n1/1",
  labels: {},
  log: () => {},
  progress: () => {},
  replaceWith,
  finish,
  skip,
};

/** Runs a task as a worker would: input and output are checked by the contract's schemas. */
async function perform(name: string, input: unknown, tasks = imageTasks()): Promise<unknown> {
  const found = tasks.find((one) => one.taskName === name);
  if (found === undefined) throw new Error(`no task ${name}`);
  const { definition } = found;
  const checked = await validateTaskInput(definition, input);
  if (!checked.ok) throw new Error(JSON.stringify(checked.issues));
  const output = await validateTaskOutput(definition, await definition.handler(checked.value, context));
  if (!output.ok) throw new Error(JSON.stringify(output.issues));
  return output.value;
}

const bytes = await READABLE.jpeg();
const source = { bytes };

test("there is one task for each contract, all on the queue cpu", () => {
  const tasks = imageTasks();
  expect(tasks.map((one) => one.taskName)).toEqual([
    "image.probe",
    "image.resize",
    "image.thumbnail",
    "image.watermark",
    "image.convert",
    "image.exif",
    "image.contact-sheet",
  ]);
  for (const one of tasks) expect(one.definition.options).toMatchObject({ queue: "cpu" });
});

test.each([
  ["image.probe", { source }],
  ["image.resize", { source, width: 20 }],
  ["image.thumbnail", { source }],
  ["image.watermark", { source, text: "mark" }],
  ["image.convert", { source, format: "png" }],
  ["image.exif", { source }],
  ["image.contact-sheet", { pictures: [{ source }, { caption: "gone" }] }],
])("%s gives what its contract says", async (name, input) => {
  await expect(perform(name, input)).resolves.toBeTypeOf("object");
});

test.each([
  ["image.probe", {}],
  ["image.probe", { source: {} }],
  ["image.probe", { source: { path: "" } }],
  ["image.resize", { source }],
  ["image.resize", { source, width: 0 }],
  ["image.resize", { source, width: 20, fit: "around" }],
  ["image.resize", { source, width: 20, quality: 101 }],
  ["image.thumbnail", { source, size: 5000 }],
  ["image.watermark", { source, text: "" }],
  ["image.watermark", { source, text: "mark", opacity: 2 }],
  ["image.convert", { source, format: "bmp" }],
  ["image.contact-sheet", { pictures: [] }],
])("%s refuses the input %o", async (name, input) => {
  const tasks = imageTasks();
  const definition = tasks.find((one) => one.taskName === name)?.definition;
  if (definition === undefined) throw new Error(`no task ${name}`);
  expect(await validateTaskInput(definition, input)).toMatchObject({ ok: false });
});

test("limits hold for every task, and what is not given has its default", async () => {
  const tasks = imageTasks({ limits: { pixelsMax: 100 } });
  for (const [name, more] of [
    ["image.probe", {}],
    ["image.resize", { width: 5 }],
    ["image.exif", {}],
  ] as const) {
    const failure = perform(name, { source, ...more }, tasks);
    await expect(failure).rejects.toMatchObject({ code: "IMAGE_TOO_LARGE" });
  }
  await expect(perform("image.probe", { source })).resolves.toMatchObject({ width: 60 });
});

test("one picture takes one thread and nothing is cached, unless asked for", () => {
  imageTasks({ threadsPerPicture: 2 });
  expect(sharp.concurrency()).toBe(2);
  imageTasks();
  expect(sharp.concurrency()).toBe(1);
  expect(sharp.cache()).toMatchObject({ memory: { max: 0 }, items: { max: 0 } });
});

test("a picture error is permanent, and has a code and advice", () => {
  const error = new PictureError("IMAGE_NOT_FOUND", "there is no file x");
  expect(error).toBeInstanceOf(PermanentTaskError);
  expect(error).toMatchObject({ code: "IMAGE_NOT_FOUND", hint: expect.stringContaining("path") });
});

describe("in a canvas", () => {
  test("the results of one task are the input of the next, and sizes of before do not get in the way", async () => {
    await using folder = await aFolder();
    const small = (await perform("image.thumbnail", { source, to: folder.path("a.webp") })) as Picture;
    const marked = await perform("image.watermark", { ...small, text: "mark", to: folder.path("b.webp") });
    expect(marked).toMatchObject({ source: { path: folder.path("b.webp") }, width: 40, height: 40, format: "webp" });
  });

  test("types flow", () => {
    const variants = group({
      small: thumbnail.s({ to: "small.webp" }),
      web: resize.s({ width: 1600, to: "web.webp" }),
      marked: chain(thumbnail, watermark.s({ text: "© me" })),
      meta: exif,
    });
    expectTypeOf<Out<typeof variants>>().toEqualTypeOf<{
      small: Picture;
      web: Picture;
      marked: Picture;
      meta: ExifFacts;
    }>();
    const afterProbe = chain(
      probe.select(({ source: from }) => ({ source: from, folder: "out" })),
      variants,
    );
    expectTypeOf(afterProbe).toExtend<Canvas<{ source: PictureSource }, unknown>>();
    // @ts-expect-error a contact sheet takes a list of pictures
    chain(thumbnail, contactSheet);
  });
});
