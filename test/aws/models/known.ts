import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import type { IamFile, ModelFile } from "../../../src/aws/models/file.ts";
import { createModels } from "../../../src/aws/models/models.ts";

const root = join(import.meta.dirname, "../../..");

/** Reads the generated files, as the program does. */
export function readGenerated(file: string): string | undefined {
  const path = join(root, "generated", file);
  return existsSync(path) ? readFileSync(path, "utf8") : undefined;
}

export const models = createModels(readGenerated);

export function modelFile(service: string): ModelFile {
  return JSON.parse(readGenerated(`models/${service}.json`) ?? "");
}

export function iamFile(): IamFile {
  return JSON.parse(readGenerated("iam.json") ?? "");
}

/** One of our hand-kept tables. */
export function table<T>(file: string): T {
  return parse(readFileSync(join(root, "src/aws/data", file), "utf8"));
}

/** Every `service:Operation` of a table of the form service -> operation -> value. */
export function entries<T>(
  of: Readonly<Record<string, Readonly<Record<string, T>>>>,
): [service: string, operation: string, value: T][] {
  return Object.entries(of).flatMap(([service, operations]) =>
    Object.entries(operations).map(([operation, value]): [string, string, T] => [service, operation, value]),
  );
}
