import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

const POLICIES = 100;

/** Whole-process wall times in milliseconds, medians. */
export function startUp(dist: string): { readonly empty: number; readonly validate: number; readonly hundred: number } {
  const folder = mkdtempSync(join(tmpdir(), "evenkeel-bench-"));
  try {
    const empty = join(folder, "empty.mjs");
    writeFileSync(empty, "");
    const cli = join(dist, "cli.js");
    const own = join(folder, "own");
    copyPolicies(dirname(dist), own);
    return {
      empty: median(15, [empty], folder),
      validate: median(15, [cli, "validate"], folder),
      hundred: median(5, [cli, "validate"], own),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function median(runs: number, args: readonly string[], cwd: string): number {
  const times: number[] = [];
  for (let run = 0; run < runs; run += 1) {
    const start = performance.now();
    const { status, stdout, stderr } = spawnSync(process.execPath, [...args], { cwd, encoding: "utf8" });
    times.push(performance.now() - start);
    if (status !== 0) throw new Error(`${args.join(" ")} ended with ${status}\n${stdout}${stderr}`);
  }
  return times.sort((a, b) => a - b)[Math.floor(runs / 2)] ?? 0;
}

/** Copies of the shipped policies under other IDs: read, parsed and checked like a user's own. */
function copyPolicies(root: string, target: string): void {
  const source = join(root, "policies");
  const files = readdirSync(source, { recursive: true, encoding: "utf8" }).filter(
    (file) => file.endsWith(".yaml") && !file.startsWith("packs"),
  );
  mkdirSync(join(target, "policies"), { recursive: true });
  for (let copy = 0; copy < POLICIES; copy += 1) {
    const text = readFileSync(join(source, files[copy % files.length] ?? ""), "utf8");
    writeFileSync(join(target, "policies", `copy-${copy}.yaml`), text.replace(/^id: (\S+)$/m, `id: $1_copy${copy}`));
  }
  // The configuration's folder is where a user's own catalogue is looked for.
  cpSync(join(import.meta.dirname, "evenkeel.yaml"), join(target, "evenkeel.yaml"));
}
