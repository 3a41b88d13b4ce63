import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { expect, test } from "vitest";
import configSchema from "../../schemas/config.json" with { type: "json" };
import { regionsOf } from "../../src/aws/partition.ts";

test("the regions of each partition that a configuration may name are those that the SDK knows", () => {
  // The SDK asks its list and does not hand it out.
  const text = readFileSync(createRequire(import.meta.url).resolve("@aws-sdk/core/client"), "utf8");
  for (const partition of configSchema.properties.partition.enum) {
    const part = text.slice(text.indexOf(`"id": "${partition}",`));
    const known = [...part.slice(0, part.indexOf(`"id": "`, 10)).matchAll(/^\s*"([a-z]+(?:-[a-z]+)+-\d+)": \{/gm)];
    expect(known.length, partition).toBeGreaterThan(0);
    expect(regionsOf(partition)).toEqual(known.map(([, name]) => name).sort());
  }
  expect(regionsOf("toString")).toEqual([]);
});
