/**
 * Builds `dist/`, the program that the Action runs and that `npx evenkeel` starts.
 *
 *   node scripts/build.ts [folder]
 *
 * Same sources and packages, same bytes, wherever it runs; `scripts/check-dist.ts` relies on it.
 */
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { bundle } from "./build-bundle.ts";
import { copyData } from "./build-data.ts";
import { licensesText } from "./licenses.ts";

const STUB = "// Made by scripts/build.ts. The program itself is in main/; its licences are in licenses.txt.\n";
/** Both programs find what they need beside themselves: the catalogue one folder up, the generated files in data/. */
const HOME = '{ root: dirname(here), data: join(here, "data") }';

const STUBS: Readonly<Record<string, string>> = {
  "cli.js": `#!/usr/bin/env node
${STUB}import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
if (Number(process.versions.node.split(".")[0]) < 22) {
  process.stderr.write("Evenkeel needs Node 22 or newer; this is " + process.version + ". In a checkout, npx evenkeel brings its own.\\n");
  process.exit(2);
}
const { cli } = await import("./main/index.js");
process.exitCode = await cli(${HOME}, process.argv.slice(2));
`,
  "action.js": `${STUB}import { dirname, join } from "node:path";
import { action } from "./main/index.js";

const here = import.meta.dirname;
process.exitCode = await action(${HOME});
`,
  "package.json": '{ "type": "module" }\n',
};

/** @param root the project folder; `generated/` must be up to date. @param out is emptied first. */
export async function build(root: string, out: string): Promise<void> {
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  const packages = await bundle(root, join(out, "main"));
  copyData(root, join(out, "data"));
  for (const [name, content] of Object.entries(STUBS)) writeFileSync(join(out, name), content);
  chmodSync(join(out, "cli.js"), 0o755);
  writeFileSync(join(out, "licenses.txt"), licensesText(packages, readFileSync(join(root, "LICENSE"), "utf8")));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const root = dirname(import.meta.dirname);
  await import("./generate.ts");
  await build(root, resolve(process.argv[2] ?? join(root, "dist")));
}
