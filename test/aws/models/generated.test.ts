import { createRequire } from "node:module";
import { dirname } from "node:path";
import { expect, test } from "vitest";
import { enumsOf } from "../../../scripts/generate-enums.ts";
import { paginationOf } from "../../../scripts/generate-pagination.ts";
import { modelOf } from "../../../scripts/generate-shapes.ts";
import { entries, models, readGenerated, table } from "./known.ts";

const require = createRequire(import.meta.url);

test("generating again gives the same bytes", () => {
  const module: Record<string, unknown> = require("@aws-sdk/client-kms");
  const folder = dirname(require.resolve("@aws-sdk/client-kms/package.json"));
  const model = modelOf({
    module,
    enumOf: enumsOf(folder, module),
    isDouble: () => false,
    isSensitive: () => false,
    pagination: paginationOf(folder),
  });
  expect(JSON.stringify(model)).toBe(readGenerated("models/kms.json"));
});

test("the largest model stays small", () => {
  expect(readGenerated("models/ec2.json")?.length).toBeLessThan(1_000_000);
});

test("each fraction of our table is one", () => {
  const gone: string[] = [];
  for (const [service, structure, members] of entries(
    table<Record<string, Record<string, string[]>>>("doubles.yaml"),
  )) {
    const shape = models.structure(`${service}.${structure}`);
    for (const name of members) {
      const found = shape?.members.get(name)?.shape;
      const kind = found?.kind === "list" ? found.element.kind : found?.kind === "map" ? found.value.kind : found?.kind;
      if (kind !== "double") gone.push(`${service}.${structure}.${name} ${kind}`);
    }
  }
  expect(gone).toEqual([]);
});
