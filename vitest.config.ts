import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

const exclude = ["**/node_modules/**", "**/dist/**"];

export default defineConfig({
  // Sister packages are taken from their sources, so tests need no build; both places are needed for that.
  resolve: { conditions: ["@arpeggio/source"] },
  ssr: { resolve: { conditions: ["@arpeggio/source"] } },
  test: {
    testTimeout: 20_000,
    hookTimeout: 20_000,
    projects: [
      {
        extends: true,
        test: {
          name: "suites",
          include: ["packages/*/src/**/*.test.ts", "test/**/*.test.ts", "examples/**/*.test.ts"],
          exclude: [...exclude, "test/crash/**"],
          // Tests of servers and processes wait more than they compute, so more files at once than cores pay.
          maxWorkers: availableParallelism() + 1,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          // Alone: it starts seven processes of its own, and shoots at what they do within milliseconds.
          name: "crash",
          include: ["test/crash/**/*.test.ts"],
          exclude,
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
