/**
 * Proves that `dist/` is what the sources give: builds anew and compares byte by byte.
 *
 *   node scripts/check-dist.ts
 *
 * Exit code 1 with the list of differences where it is not; `npm run build` mends it.
 */
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "./build.ts";

/** Differences between two folders, one a line, sorted; none where they are the same. */
export function differences(committed: string, built: string): readonly string[] {
  const [before, after] = [contents(committed), contents(built)];
  const lines: string[] = [];
  for (const file of [...new Set([...before.keys(), ...after.keys()])].sort()) {
    const [old, anew] = [before.get(file), after.get(file)];
    if (old === undefined) lines.push(`missing  ${file}`);
    else if (anew === undefined) lines.push(`extra    ${file}`);
    else if (old !== anew) lines.push(`differs  ${file}`);
  }
  return lines;
}

/** Path below `folder` -> content and whether it may be run, in one text that can be compared. */
function contents(folder: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  if (!existsSync(folder)) return found;
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    // Git keeps one bit of the mode; the rest is the umask of whoever checked out.
    const runs = (statSync(path).mode & 0o100) !== 0;
    const name = path.slice(folder.length + 1).replaceAll("\\", "/");
    found.set(name, `${createHash("sha256").update(readFileSync(path)).digest("hex")} ${runs}`);
  }
  return found;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const root = dirname(import.meta.dirname);
  await import("./generate.ts");
  const built = mkdtempSync(join(tmpdir(), "evenkeel-dist-"));
  try {
    await build(root, built);
    const lines = differences(join(root, "dist"), built);
    if (lines.length === 0) console.log("dist/ is what the sources give.");
    else {
      console.error(`dist/ is not what the sources give; run npm run build and commit it.\n${lines.join("\n")}`);
      process.exitCode = 1;
    }
  } finally {
    rmSync(built, { recursive: true, force: true });
  }
}
