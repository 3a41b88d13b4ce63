import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { CatalogueFile } from "../src/catalogue/files.ts";

/** A file that stands in a page as a fenced YAML block, whose first line is a comment with its path. */
export interface Example {
  readonly page: string;
  /** `policies/ecr/repository-scan-on-push.yaml` */
  readonly path: string;
  readonly text: string;
}

const BLOCK = /^```yaml\n# (\S+\.yaml)\n([\s\S]*?)^```$/gm;

/** The files that stand in the pages of docs/, in the order of the pages. */
export function examples(root: string): Example[] {
  const folder = join(root, "docs");
  return readdirSync(folder)
    .filter((page) => page.endsWith(".md"))
    .sort()
    .flatMap((page) => {
      const text = readFileSync(join(folder, page), "utf8");
      return [...text.matchAll(BLOCK)].map(([, path = "", body = ""]) => ({
        page: `docs/${page}`,
        path,
        text: `# ${path}\n${body}`,
      }));
    });
}

/** Those of them that belong to a catalogue; problems then name the page. */
export function catalogueExamples(root: string): CatalogueFile[] {
  return examples(root).flatMap(({ page, path, text }): CatalogueFile[] => {
    const file = `${page}: ${path}`;
    if (path.startsWith("resources/")) return [{ kind: "resourceType", file, text, builtin: false }];
    if (path.startsWith("remediations/")) return [{ kind: "remediation", file, text, builtin: false }];
    if (path.startsWith("policies/packs/")) return [{ kind: "pack", file, text, builtin: false }];
    if (path.startsWith("policies/")) return [{ kind: "policy", file, text, builtin: false }];
    return [];
  });
}
