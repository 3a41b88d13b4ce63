#!/usr/bin/env node
// Made by scripts/build.ts. The program itself is in main/; its licences are in licenses.txt.
import { dirname, join } from "node:path";
import { cli } from "./main/index.js";

const here = import.meta.dirname;
process.exitCode = await cli({ root: dirname(here), data: join(here, "data") }, process.argv.slice(2));
