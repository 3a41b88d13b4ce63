import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { readCatalogueFiles } from "../../src/catalogue/files.ts";

const folder = mkdtempSync(join(tmpdir(), "evenkeel-files-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function put(path: string, text = "a: 1\n"): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}

test("folders that are not there are empty", () => {
  expect(readCatalogueFiles(join(folder, "nothing"), "", false)).toEqual([]);
});

test("YAML files of the three folders, sorted, packs told apart, everything else left alone", () => {
  put("resources/b/b.yaml");
  put("resources/a.yml", "text");
  put("remediations/r.yaml");
  put("policies/p.yaml");
  put("policies/packs/k.yaml");
  put("policies/README.md");
  put("other/x.yaml");
  expect(readCatalogueFiles(folder, "shipped", true)).toEqual([
    { kind: "resourceType", file: "shipped/resources/a.yml", text: "text", builtin: true },
    { kind: "resourceType", file: "shipped/resources/b/b.yaml", text: "a: 1\n", builtin: true },
    { kind: "remediation", file: "shipped/remediations/r.yaml", text: "a: 1\n", builtin: true },
    { kind: "policy", file: "shipped/policies/p.yaml", text: "a: 1\n", builtin: true },
    { kind: "pack", file: "shipped/policies/packs/k.yaml", text: "a: 1\n", builtin: true },
  ]);
  expect(readCatalogueFiles(folder, "", false)[0]).toMatchObject({ file: "resources/a.yml", builtin: false });
});

test("a link to a folder above does not make reading endless, and a broken one does not stop it", {
  timeout: 5000,
}, () => {
  const root = mkdtempSync(join(folder, "links-"));
  mkdirSync(join(root, "policies"));
  writeFileSync(join(root, "policies", "p.yaml"), "a: 1\n");
  writeFileSync(join(root, "elsewhere.txt"), "b: 1\n");
  symlinkSync(join("..", "elsewhere.txt"), join(root, "policies", "z.yaml"));
  symlinkSync("..", join(root, "policies", "loop"));
  symlinkSync("nowhere.yaml", join(root, "policies", "broken.yaml"));
  expect(readCatalogueFiles(root, "", false).map(({ file }) => file)).toEqual(["policies/p.yaml", "policies/z.yaml"]);
});
