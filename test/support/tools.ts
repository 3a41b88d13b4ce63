/** Programs that setup adds where it can: what is checked and run with them is left out elsewhere, and says so in its name. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./bundle.ts";

export interface Tool {
  readonly path: string;
  readonly there: boolean;
  /** For the names of its tests; empty where it is there. */
  readonly words: string;
}

/** One of scripts/python-tools.txt. */
export function tool(name: "act" | "zizmor"): Tool {
  const path = join(ROOT, ".cache/venv/bin", name);
  const there = existsSync(path);
  return { path, there, words: there ? "" : ` (left out: ${name} could not be installed; scripts/python-tools.txt)` };
}
