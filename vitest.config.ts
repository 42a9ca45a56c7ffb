import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

export default defineConfig({
  // Sister packages are taken from their sources, so tests need no build; both places are needed for that.
  resolve: { conditions: ["@arpeggio/source"] },
  ssr: { resolve: { conditions: ["@arpeggio/source"] } },
  test: {
    include: ["packages/*/src/**/*.test.ts", "test/**/*.test.ts", "examples/**/*.test.ts"],
    exclude: ["**/node_modules/**", "**/dist/**"],
    // Tests of servers and processes wait more than they compute, so more files at once than cores pay.
    maxWorkers: availableParallelism() + 1,
    testTimeout: 20_000,
    hookTimeout: 20_000,
  },
});
