/**
 * Tells whether `generated/` is what `scripts/generate.ts` would write now. Setup runs the generation before every command; compared by
 * content, since time stamps say nothing after a checkout.
 */
import { createHash } from "node:crypto";
import { existsSync, globSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Everything generated depends on these; what stands in node_modules is said by the lock file. */
const INPUTS = [
  "package-lock.json",
  "schemas/*.json",
  "scripts/generate*.ts",
  "scripts/validators.ts",
  "src/aws/data/*.yaml",
  "src/aws/models/file.ts",
  "src/aws/services.ts",
];
const OUTPUTS = ["generated/iam.json", "generated/validators.*", "generated/models/*.json"];
const STAMP = "generated/.stamp";

/** True when neither what goes in nor what came out has changed since `writeStamp`. */
export function upToDate(root: string): boolean {
  const stamp = join(root, STAMP);
  return existsSync(stamp) && readFileSync(stamp, "utf8") === stampOf(root);
}

/** Called last, so that an interrupted generation is never mistaken for a finished one. */
export function writeStamp(root: string): void {
  writeFileSync(join(root, STAMP), stampOf(root));
}

function stampOf(root: string): string {
  return `inputs ${digest(root, INPUTS)}\noutputs ${digest(root, OUTPUTS)}\n`;
}

/** SHA-256 over names and contents of the files that match. */
function digest(root: string, patterns: readonly string[]): string {
  const hash = createHash("sha256");
  for (const file of globSync([...patterns], { cwd: root }).sort()) {
    const content = readFileSync(join(root, file));
    hash.update(`${file.replaceAll("\\", "/")}\0${content.length}\0`).update(content);
  }
  return hash.digest("hex");
}
