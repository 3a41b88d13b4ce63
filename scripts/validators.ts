import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv } from "ajv";
import standalone from "ajv/dist/standalone/index.js";
import { rolldown } from "rolldown";

/**
 * Compiles the JSON Schemas of all files to one module of standalone validators: compiling at start-up would cost every run about 60 ms
 * for each schema. Bundled, since ajv's output asks for its helpers by `require`.
 */
export async function generateValidators(root: string): Promise<void> {
  const kinds = {
    resourceType: "resource-type",
    policy: "policy",
    remediation: "remediation",
    pack: "pack",
    config: "config",
    exceptions: "exceptions",
    planHeader: "plan-header",
    planItem: "plan-item",
    planConfirmation: "plan-confirmation",
  };
  const ajv = new Ajv({
    allErrors: true,
    strict: true,
    strictRequired: false,
    allowUnionTypes: true,
    code: { source: true, esm: true },
  });
  const exports: Record<string, string> = {};
  for (const [name, file] of Object.entries(kinds)) {
    const schema: { $id: string } = JSON.parse(readFileSync(join(root, "schemas", `${file}.json`), "utf8"));
    ajv.addSchema(schema);
    exports[name] = schema.$id;
  }
  const out = join(root, "generated");
  mkdirSync(out, { recursive: true });
  const raw = join(out, "validators.raw.mjs");
  const make = typeof standalone === "function" ? standalone : standalone.default;
  writeFileSync(raw, make(ajv, exports));
  const bundle = await rolldown({ input: raw, platform: "node", logLevel: "silent" });
  await bundle.write({ file: join(out, "validators.js"), format: "esm" });
  await bundle.close();
  rmSync(raw);
  const types = [
    "export interface FormError { instancePath: string; schemaPath: string; keyword: string; params: Record<string, unknown>; message?: string }",
    "export interface Validator { (value: unknown): boolean; errors?: FormError[] | null }",
    ...Object.keys(kinds).map((name) => `export declare const ${name}: Validator;`),
  ];
  writeFileSync(join(out, "validators.d.ts"), `${types.join("\n")}\n`);
}
