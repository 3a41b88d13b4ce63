import { defineConfig } from "vitest/config";

// One process without isolation: suites share no globals, and isolation costs about 130 ms a file.
export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    isolate: false,
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
