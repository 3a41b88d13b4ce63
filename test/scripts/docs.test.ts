import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { madePages } from "../../scripts/docs.ts";
import { catalogueExamples, examples } from "../../scripts/docs-examples.ts";
import { anchor, formMarkdown } from "../../scripts/docs-form.ts";
import { loadConfig } from "../../src/catalogue/config.ts";
import { readCatalogueFiles } from "../../src/catalogue/files.ts";
import { loadCatalogue } from "../../src/catalogue/load.ts";
import { selectPolicies } from "../../src/catalogue/selection.ts";
import { readPlan } from "../../src/plan/file.ts";
import { testPolicies } from "../../src/plan/policy-test.ts";
import { cel, models } from "../catalogue/demand-catalogue.ts";

const root = join(import.meta.dirname, "../..");

function read(path: string): string {
  return readFileSync(join(root, path), "utf8");
}

test("the made pages are what the schemas, the catalogue and the examples make (node scripts/docs.ts)", async () => {
  const pages = await madePages(root);
  expect([...pages.keys()]).toContain("docs/formats/policy.md");
  for (const [path, text] of pages) expect(read(path), `${path} is out of date: node scripts/docs.ts`).toBe(text);
});

test("every key of every schema stands in its page", async () => {
  const pages = {
    policy: "policy",
    remediation: "remediation",
    "resource-type": "resource-type",
    config: "configuration",
    pack: "pack",
    "plan-header": "plan",
    "plan-item": "plan",
  };
  for (const [schema, page] of Object.entries(pages)) {
    const text = read(`docs/formats/${page}.md`);
    const keys = keysOf(JSON.parse(read(`schemas/${schema}.json`)));
    expect(keys.size, schema).toBeGreaterThan(2);
    for (const key of keys) expect(text, `${schema}: ${key}`).toContain(`| \`${key}\` |`);
  }
});

test("a form says what is required, allowed, nested and exclusive", () => {
  const text = formMarkdown([
    {
      schema: {
        properties: {
          mode: { enum: ["a", "b|c"], description: "How" },
          inner: { type: "object", properties: { depth: { type: "integer", minimum: 1 } }, required: ["depth"] },
          more: { type: "array", items: { $ref: "#/definitions/param" }, minItems: 2 },
          when: { type: "string", description: "When (CEL)" },
        },
        required: ["mode"],
        oneOf: [{ required: ["inner"] }, { required: ["more"] }],
        definitions: { param: { properties: { type: { const: 1 } } } },
      },
    },
  ]);
  expect(text).toContain("| `mode` | `a`, `b\\|c` | yes | How. |");
  expect(text).toContain("| `inner` | [mapping](#inner) |  |  |");
  expect(text).toContain("| `depth` | integer | yes | At least 1. |");
  expect(text).toContain("| `more` | list of [a parameter](#a-parameter) |  | At least 2 elements. |");
  expect(text).toContain("| `when` | CEL |  | When. |");
  expect(text).toContain("Exactly one of `inner`, `more` must be there.");
  expect(text).toContain("## A parameter");
});

test("the examples of the pages load together without a problem, and their tests pass", async () => {
  const files = catalogueExamples(root);
  expect(new Set(files.map(({ kind }) => kind)).size).toBe(4);
  // Before the shipped files, so that a type that ships one day under an example's name is not the example's problem.
  const { catalogue, problems } = loadCatalogue([...files, ...readCatalogueFiles(root, "", true)], models, cel);
  expect(problems.filter(({ file }) => file.startsWith("docs/"))).toEqual([]);
  const ids = new Set(
    [...catalogue.policies.values()]
      .filter(({ location }) => location.file.startsWith("docs/"))
      .map(({ file }) => file.id),
  );
  const results = await testPolicies(catalogue, (id) => ids.has(id));
  expect(results.length).toBeGreaterThan(4);
  expect(results.filter(({ failure }) => failure !== undefined)).toEqual([]);
});

test("the configuration of the pages is right, and selects what its page says", () => {
  const configs = examples(root).filter(({ path }) => path === "evenkeel.yaml");
  expect(configs.length).toBeGreaterThan(0);
  const { catalogue } = loadCatalogue([...catalogueExamples(root), ...readCatalogueFiles(root, "", true)], models, cel);
  for (const { page, text } of configs) {
    const { config, source, problems } = loadConfig(page, text, catalogue, new Set());
    expect(problems).toEqual([]);
    if (config === undefined || source === undefined) throw new Error(page);
    const selection = selectPolicies(config, source, catalogue, cel);
    expect(selection.problems).toEqual([]);
    const scan = selection.policies.filter(({ policy }) => policy.file.id === "ecr_repository_scan_on_push");
    expect(scan.map(({ account, mode, params }) => [account.name, mode, params])).toEqual([
      ["payments-dev", "automatic", { exempt: [] }],
      ["payments-prod", "approve", { exempt: ["third-party"] }],
    ]);
    const flow = selection.policies.filter(({ policy }) => policy.file.id === "vpc_flow_logs");
    expect(flow.map(({ account, mode }) => [account.name, mode])).toEqual([
      ["payments-dev", "report"],
      ["payments-prod", "approve"],
    ]);
  }
});

test("the plan of docs/plans.md is one that can be read, and an edited line is refused", () => {
  const [, plan = ""] = /^```jsonl\n([\s\S]*?)^```$/m.exec(read("docs/plans.md")) ?? [];
  const { items } = readPlan("docs/plans.md", plan);
  expect(items.map(({ policy }) => policy)).toEqual(["ecr_repository_scan_on_push"]);
  expect(() => readPlan("docs/plans.md", plan.replace('"scanOnPush":true', '"scanOnPush":null'))).toThrow(/edited/);
  expect(readPlan("docs/plans.md", plan.split("\n").slice(0, 1).join("\n")).items).toEqual([]);
});

test("links within docs/ lead to pages and headings that are there, and no page has a heading twice", () => {
  const pages = ["docs", "docs/formats"].flatMap((folder) =>
    readdirSync(join(root, folder))
      .filter((name) => name.endsWith(".md"))
      .map((name) => `${folder}/${name}`),
  );
  expect(pages.length).toBeGreaterThan(10);
  for (const page of pages) {
    const own = headings(page);
    if (page.startsWith("docs/formats/")) expect(new Set(own).size, page).toBe(own.length);
    for (const [, target = ""] of read(page).matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^https?:/.test(target)) continue;
      const [path = "", heading] = target.split("#");
      const other = path === "" ? page : join(dirname(page), path);
      expect(existsSync(join(root, other)), `${page}: ${target}`).toBe(true);
      if (heading !== undefined && other.endsWith(".md"))
        expect(headings(other), `${page}: ${target}`).toContain(heading);
    }
  }
});

function headings(page: string): string[] {
  return [
    ...read(page)
      .replace(/^```[\s\S]*?^```$/gm, "")
      .matchAll(/^#+ (.+)$/gm),
  ].map(([, text = ""]) => anchor(text));
}

/** All property names of a schema and of what lies in it. */
function keysOf(schema: unknown): Set<string> {
  const keys = new Set<string>();
  if (typeof schema !== "object" || schema === null) return keys;
  for (const [name, value] of Object.entries(schema)) {
    if (name === "properties" && typeof value === "object" && value !== null)
      for (const key of Object.keys(value)) keys.add(key);
    for (const key of keysOf(value)) keys.add(key);
  }
  return keys;
}
