import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { services } from "../src/aws/services.ts";

const root = join(import.meta.dirname, "..");
const manifest: { dependencies: Record<string, string>; devDependencies: Record<string, string> } = JSON.parse(
  readFileSync(join(root, "package.json"), "utf8"),
);
const [, runtime = "", development = ""] = readFileSync(join(root, "docs/dependencies.md"), "utf8").split(/^## .+$/m);
const rows = (text: string): [name: string, why: string][] =>
  [...text.matchAll(/^\| `([^`]+)` \| (.+) \|$/gm)].map(([, name = "", why = ""]) => [name, why]);

test("docs/dependencies.md lists exactly the dependencies of package.json, each with a reason", () => {
  expect(rows(runtime).map(([name]) => name)).toEqual(Object.keys(manifest.dependencies).sort());
  expect(rows(development).map(([name]) => name)).toEqual(Object.keys(manifest.devDependencies).sort());
  for (const [name, why] of [...rows(runtime), ...rows(development)]) expect(why, name).toMatch(/^[A-Z].{10,}\.$/);
});

test("every dependency is pinned to one version", () => {
  const loose = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies }).filter(
    ([, version]) => !/^\d+\.\d+\.\d+$/.test(version),
  );
  expect(loose).toEqual([]);
});

test("every AWS client is that of a service that policies may name, and the other way round", () => {
  const clients = Object.keys(manifest.dependencies).filter((name) => name.startsWith("@aws-sdk/client-"));
  expect([...services.values()].map((service) => service.package).sort()).toEqual(clients.sort());
});
