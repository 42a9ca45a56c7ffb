import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

// Tests of servers and processes wait more than they compute, so more files at once than cores pay.
const maxWorkers = availableParallelism() + 2;
/** Looks at which modules are loaded, so nobody may have loaded any before. */
const LOADING = "packages/tasks-image/src/contracts.test.ts";
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
          // They share nothing but modules, and reading the sources anew for each file takes longer than most of them.
          name: "tests",
          include: ["packages/*/src/**/*.test.ts", "test/**/*.test.ts", "examples/**/*.test.ts"],
          exclude: [...exclude, LOADING, "test/crash/**"],
          isolate: false,
          maxWorkers,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: { name: "loading", include: [LOADING], exclude, maxWorkers, sequence: { groupOrder: 0 } },
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
