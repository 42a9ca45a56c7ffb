import { expect, test } from "vitest";

/** Whether libvips is in this process: the native part of sharp is a shared library. */
function sharpIsLoaded(): boolean {
  const report = process.report.getReport() as unknown as { readonly sharedObjects: readonly string[] };
  return report.sharedObjects.some((path) => /sharp|vips/.test(path));
}

test("a service that imports the contracts does not load sharp; a worker does", async () => {
  const contracts = await import("./index.ts");
  expect(contracts.resize.taskName).toBe("image.resize");
  expect(sharpIsLoaded()).toBe(false);

  await import("./worker.ts");
  expect(sharpIsLoaded()).toBe(true);
});
