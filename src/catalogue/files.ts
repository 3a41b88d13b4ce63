import { type Dirent, readdirSync, readFileSync, statSync } from "node:fs";
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

/** A file below `exceptions/`. Not of the catalogue: it says nothing of what is right, and its text is in no catalogue digest. */
export interface ExceptionFile {
  readonly kind: "exceptions";
  readonly file: string;
  readonly text: string;
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

/** Reads `exceptions/` below `root`, sorted by path; empty where there is no such folder. `label` is how `root` is shown. */
export function readExceptionFiles(root: string, label: string): ExceptionFile[] {
  return yamlFiles(join(root, "exceptions")).map((path) => {
    const relative = relativePath(root, path).replaceAll("\\", "/");
    const file = label === "" ? relative : `${label}/${relative}`;
    return { kind: "exceptions", file, text: readFileSync(path, "utf8") };
  });
}

function yamlFiles(folder: string): string[] {
  const found: string[] = [];
  for (const entry of listing(folder)) {
    const path = join(folder, entry.name);
    // A link to a file is read; folders behind links are not entered: a link to a parent would never end.
    if (entry.isDirectory()) found.push(...yamlFiles(path));
    else if (/\.ya?ml$/.test(entry.name) && statSync(path, { throwIfNoEntry: false })?.isFile() === true)
      found.push(path);
  }
  return found;
}

function listing(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR")) return [];
    throw error;
  }
}
