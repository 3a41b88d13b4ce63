/**
 * Writes everything in `generated/`: what is known of AWS without asking AWS, and the validators of the file forms.
 *
 *   node scripts/generate.ts [--force]
 *
 * Everything comes from installed packages, `schemas/` and `src/aws/data/`; same packages, same bytes. Nothing is done where nothing changed.
 */
import { dirname } from "node:path";
import { upToDate, writeStamp } from "./build-stamp.ts";

const root = dirname(import.meta.dirname);

if (process.argv.includes("--force") || !upToDate(root)) {
  // Loaded only now: finding out that nothing changed takes a tenth of what these cost.
  const { generateModels } = await import("./generate-models.ts");
  const { generateValidators } = await import("./validators.ts");
  await generateModels(root);
  await generateValidators(root);
  writeStamp(root);
}
