import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createModels } from "../../src/aws/models/models.ts";
import type { CompiledCatalogue, CompiledPolicy } from "../../src/catalogue/compiled.ts";
import { type CatalogueFile, readCatalogueFiles } from "../../src/catalogue/files.ts";
import { loadCatalogue } from "../../src/catalogue/load.ts";
import { createCel } from "../../src/cel/environment.ts";

const root = join(import.meta.dirname, "../..");

export const models = createModels((file) => readFileSync(join(root, "generated", file), "utf8"));
export const cel = createCel();

let loaded: CompiledCatalogue | undefined;

/** The catalogue that ships, loaded once for all tests of a process. */
export function shipped(): CompiledCatalogue {
  loaded ??= loadCatalogue(readCatalogueFiles(root, "", true), models, cel).catalogue;
  return loaded;
}

/** A catalogue of the given texts alone; throws what is wrong with them. */
export function catalogueOf(texts: Readonly<Record<string, string>>): CompiledCatalogue {
  const kinds = { resources: "resourceType", remediations: "remediation", policies: "policy" } as const;
  const files = Object.entries(texts).map(([file, text]): CatalogueFile => {
    const folder = file.split("/")[0];
    if (folder !== "resources" && folder !== "remediations" && folder !== "policies")
      throw new Error(`no folder ${folder}`);
    return { kind: kinds[folder], file, text, builtin: false };
  });
  const { catalogue, problems } = loadCatalogue(files, models, cel);
  if (problems.length > 0)
    throw new Error(problems.map(({ file, line, message }) => `${file}:${line}: ${message}`).join("\n"));
  return catalogue;
}

export function policyOf(catalogue: CompiledCatalogue, id: string): CompiledPolicy {
  const policy = catalogue.policies.get(id);
  if (policy === undefined) throw new Error(`no policy ${id}`);
  return policy;
}
