#!/usr/bin/env node
// Made by scripts/build.ts. The program itself is in main/; its licences are in licenses.txt.
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
if (Number(process.versions.node.split(".")[0]) < 22) {
  process.stderr.write("Evenkeel needs Node 22 or newer; this is " + process.version + ". In a checkout, npx evenkeel brings its own.\n");
  process.exit(2);
}
const { cli } = await import("./main/index.js");
process.exitCode = await cli({ root: dirname(here), data: join(here, "data") }, process.argv.slice(2));
