import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative as relativePath } from "node:path";

/** The folders of a catalogue, and what each holds. */
export const FOLDERS = { resources: "resourceType", remediations: "remediation", policies: "policy" } as const;
export type FileKind = (typeof FOLDERS)[keyof typeof FOLDERS] | "pack";

export interface CatalogueFile {
  readonly kind: FileKind;
  /** As problems show it. */
  readonly file: string;
  readonly text: string;
  /** Ships with Evenkeel, rather than standing in the user's repository. */
  readonly builtin: boolean;
}

/** Reads the three folders below `root`, sorted by path; folders that do not exist are empty. `label` is how `root` is shown. */
export function readCatalogueFiles(root: string, label: string, builtin: boolean): CatalogueFile[] {
  const files: CatalogueFile[] = [];
  for (const [folder, kind] of Object.entries(FOLDERS)) {
    for (const path of yamlFiles(join(root, folder))) {
      const relative = relativePath(root, path).replaceAll("\\", "/");
      files.push({
        kind: relative.startsWith("policies/packs/") ? "pack" : kind,
        file: label === "" ? relative : `${label}/${relative}`,
        text: readFileSync(path, "utf8"),
        builtin,
      });
    }
  }
  return files;
}

function yamlFiles(folder: string): string[] {
  const found: string[] = [];
  for (const entry of listing(folder)) {
    const path = join(folder, entry);
    // Links are followed by stat but folders behind them are not entered: a link to a parent would never end.
    if (statSync(path).isDirectory()) found.push(...yamlFiles(path));
    else if (/\.ya?ml$/.test(entry)) found.push(path);
  }
  return found;
}

function listing(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch (error) {
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR")) return [];
    throw error;
  }
}
