// Made by scripts/build.ts. The program itself is in main/; its licences are in licenses.txt.
import { dirname, join } from "node:path";
import { action } from "./main/index.js";

const here = import.meta.dirname;
process.exitCode = await action({ root: dirname(here), data: join(here, "data") });
