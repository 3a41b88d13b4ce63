/** What the program reads at run time: the generated files, and the shipped catalogue as it is once parsed. */
import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { readCatalogueFiles } from "../src/catalogue/files.ts";
import { type ParsedFile, parseFile } from "../src/catalogue/parsed.ts";

export function copyData(root: string, out: string): void {
  mkdirSync(out, { recursive: true });
  for (const name of ["iam.json", "models"])
    cpSync(join(root, "generated", name), join(out, name), { recursive: true });
  writeFileSync(join(out, "catalogue.json"), catalogueJson(root));
}

/** One file a line, by digest: a changed policy is one line of the diff. */
function catalogueJson(root: string): string {
  const parsed: Record<string, ParsedFile> = {};
  for (const { file, text } of readCatalogueFiles(root, "", true)) {
    const entry = parseFile(text);
    if (entry === undefined) throw new Error(`${file} is not valid: node src/main.ts validate says why`);
    const [digest, value] = entry;
    if (!isDeepStrictEqual(JSON.parse(JSON.stringify(value)), value))
      throw new Error(`${file} holds what JSON cannot say`);
    parsed[digest] = value;
  }
  const lines = Object.entries(parsed)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([digest, value]) => `"${digest}":${JSON.stringify(value)}`);
  return `{\n${lines.join(",\n")}\n}\n`;
}
