import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: { conditions: ["@arpeggio/source"] },
  ssr: { resolve: { conditions: ["@arpeggio/source"] } },
  test: {
    include: ["packages/*/src/**/*.test.ts", "test/**/*.test.ts", "examples/**/*.test.ts"],
    exclude: ["**/node_modules/**", "**/dist/**"],
    testTimeout: 20_000,
  },
});
