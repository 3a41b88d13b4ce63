/** Writes `generated/models/*.json` and `generated/iam.json`: what is known of AWS without asking AWS. Same packages, same bytes. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { parse } from "yaml";
import { services } from "../src/aws/services.ts";
import { enumsOf } from "./generate-enums.ts";
import type { ActionTable, SecretTable } from "./generate-iam.ts";
import { iamFile } from "./generate-iam.ts";
import { paginationOf } from "./generate-pagination.ts";
import { modelOf } from "./generate-shapes.ts";

const require = createRequire(import.meta.url);

/** One model file a service, from the installed SDK clients, and one file on IAM. `root`: the project folder. */
export async function generateModels(root: string): Promise<void> {
  const data = join(root, "src/aws/data");
  const target = join(root, "generated");
  const doubles: Record<string, Record<string, string[]>> = table(data, "doubles.yaml");
  const actions: ActionTable = table(data, "operation-actions.yaml");
  const secrets: {
    secret: SecretTable;
    acts: SecretTable;
    sensitive: Record<string, Record<string, string[]>>;
  } = table(data, "secret-operations.yaml");

  mkdirSync(join(target, "models"), { recursive: true });
  // Files are overwritten in place, so that a test run beside this one never finds the folder empty.
  for (const file of readdirSync(join(target, "models"))) {
    if (!services.has(file.replace(/\.json$/, ""))) rmSync(join(target, "models", file));
  }

  for (const [name, service] of services) {
    const folder = dirname(require.resolve(`${service.package}/package.json`));
    const module: Record<string, unknown> = require(service.package);
    const model = modelOf({
      module,
      enumOf: enumsOf(folder, module),
      isDouble: (structure, member) => doubles[name]?.[structure]?.includes(member) ?? false,
      isSensitive: (structure, member) => secrets.sensitive[name]?.[structure]?.includes(member) ?? false,
      pagination: paginationOf(folder),
    });
    writeFileSync(join(target, "models", `${name}.json`), JSON.stringify(model));
  }

  // The exception table also names prefixes that no service of ours has (s3express).
  const named = Object.values(actions).flatMap((table) =>
    Object.values(table)
      .flat()
      .map((action) => action.split(":")[0] ?? ""),
  );
  const prefixes = [...new Set([...[...services.values()].map((service) => service.iam), ...named])].sort();
  writeFileSync(
    join(target, "iam.json"),
    JSON.stringify(await iamFile(prefixes, { operations: actions, secrets: secrets.secret, acts: secrets.acts })),
  );
}

/** A hand-kept table; its form is checked by the test of that table. */
function table<T>(data: string, file: string): T {
  const parsed: T = parse(readFileSync(join(data, file), "utf8"));
  return parsed;
}
