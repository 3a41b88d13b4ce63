/**
 * Writes the pages of docs/ that are made and not written: the form of every file, from schemas/, and what ships, from the catalogue; and
 * the plan that docs/plans.md shows.
 * A test compares them with what is committed.
 *
 *   node scripts/docs.ts
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { createModels } from "../src/aws/models/models.ts";
import { readCatalogueFiles } from "../src/catalogue/files.ts";
import { loadCatalogue } from "../src/catalogue/load.ts";
import { createCel } from "../src/cel/environment.ts";
import { problemText } from "../src/errors.ts";
import type { Json } from "../src/types/json.ts";
import { catalogueMarkdown } from "./docs-catalogue.ts";
import { type FormPart, formMarkdown } from "./docs-form.ts";
import { samplePlan } from "./docs-plan.ts";

interface FormPage {
  readonly title: string;
  /** What the file is, and where its meaning is told. */
  readonly intro: string;
  readonly parts: readonly { readonly heading?: string; readonly schema: string }[];
}

const MADE = "Made from `schemas/` by `node scripts/docs.ts`. Unknown keys are errors.";

const FORMS: Readonly<Record<string, FormPage>> = {
  policy: {
    title: "The form of a policy",
    intro: "A file below `policies/`. What it means: [Policies](../policies.md). CEL: [Expressions](../cel.md).",
    parts: [{ schema: "policy" }],
  },
  remediation: {
    title: "The form of a remediation",
    intro:
      "A file below `remediations/`. What it means: [Remediations](../remediations.md). CEL: [Expressions](../cel.md).",
    parts: [{ schema: "remediation" }],
  },
  exceptions: {
    title: "The form of exceptions",
    intro: "A file below `exceptions/`. What it means: [Exceptions](../exceptions.md).",
    parts: [{ schema: "exceptions" }],
  },
  "resource-type": {
    title: "The form of a resource type",
    intro:
      "A file below `resources/`. What it means: [Resource types](../resource-types.md). CEL: [Expressions](../cel.md).",
    parts: [{ schema: "resource-type" }],
  },
  configuration: {
    title: "The form of the configuration",
    intro: "`evenkeel.yaml`. What it means: [Configuration](../configuration.md).",
    parts: [{ schema: "config" }],
  },
  pack: {
    title: "The form of a pack",
    intro:
      "A file below `policies/packs/`: a named list of policies. What it means: [Configuration](../configuration.md).",
    parts: [{ schema: "pack" }],
  },
  plan: {
    title: "The form of a plan",
    intro:
      "JSON Lines: the header first, then a line for each item, then those in which people confirm destructive items. What it means: [Plans](../plans.md).",
    parts: [
      { heading: "The header", schema: "plan-header" },
      { heading: "An item", schema: "plan-item" },
      { heading: "A confirmation", schema: "plan-confirmation" },
    ],
  },
};

/** The pages by their path in the repository. Throws where the shipped catalogue has problems. */
export async function madePages(root: string): Promise<ReadonlyMap<string, string>> {
  const pages = new Map<string, string>();
  for (const [name, { title, intro, parts }] of Object.entries(FORMS)) {
    const loaded = parts.map(({ heading, schema }): FormPart => {
      const value: Json = JSON.parse(readFileSync(join(root, "schemas", `${schema}.json`), "utf8"));
      return heading === undefined ? { schema: value } : { heading, schema: value };
    });
    pages.set(`docs/formats/${name}.md`, `# ${title}\n\n${intro}\n\n${MADE}\n\n${formMarkdown(loaded)}`);
  }
  const models = createModels((file) => readFileSync(join(root, "generated", file), "utf8"));
  const cel = createCel();
  const { catalogue, problems } = loadCatalogue(readCatalogueFiles(root, "", true), models, cel);
  if (problems.length > 0) throw new Error(problems.map(problemText).join("\n"));
  pages.set("docs/catalogue.md", catalogueMarkdown(catalogue));
  const plan = await samplePlan(root, models, cel);
  const plans = readFileSync(join(root, "docs/plans.md"), "utf8");
  pages.set(
    "docs/plans.md",
    plans.replace(/(?<=^```jsonl\n)[\s\S]*?(?=^```$)/m, () => plan),
  );
  return pages;
}

if (import.meta.main) {
  const root = dirname(import.meta.dirname);
  for (const [path, text] of await madePages(root)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
    process.stdout.write(`${path}\n`);
  }
}
