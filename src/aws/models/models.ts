/** What is known of AWS without asking AWS. */
import type { Models, Operation, Pagination } from "../../types/operation.ts";
import type { StructureShape } from "../../types/shape.ts";
import { services } from "../services.ts";
import type { IamFile, ModelFile, OperationRow } from "./file.ts";
import { fileFormat } from "./file.ts";
import { actionsOf, onlyReads } from "./iam.ts";
import type { ServiceShapes } from "./shapes.ts";
import { enumIn, shapesOf } from "./shapes.ts";

export interface AwsModels extends Models {
  /** The values AWS's model names for a member (`s3.VersioningConfiguration`, `Status`); of a list or a map, those of its elements. */
  enumOf(structure: string, member: string): readonly string[] | undefined;
  /** A structure by its full name (`s3.PublicAccessBlockConfiguration`); undefined: no such structure. */
  structure(name: string): StructureShape | undefined;
}

interface LoadedService {
  readonly operations: Readonly<Record<string, OperationRow>>;
  readonly shapes: ServiceShapes;
}

/**
 * @param read gives the text of a generated file by its path in `generated/` (`models/s3.json`, `iam.json`); undefined: no such file.
 * Each file is asked for at most once, a service's when it is first named.
 * @throws where a file is missing or of another format: the generated files belong to the build, so that is our own mistake.
 */
export function createModels(read: (file: string) => string | undefined): AwsModels {
  const loaded = new Map<string, LoadedService>();
  const operations = new Map<string, Operation>();
  let iamData: { readonly file: IamFile; readonly actions: ReturnType<typeof actionsOf> } | undefined;

  const iam = () => {
    if (iamData === undefined) {
      const file: IamFile = generated(read, "iam.json");
      iamData = { file, actions: actionsOf(file) };
    }
    return iamData;
  };

  const load = (name: string): LoadedService | undefined => {
    if (!services.has(name)) return undefined;
    const known = loaded.get(name);
    if (known !== undefined) return known;
    const file: ModelFile = generated(read, `models/${name}.json`);
    const service: LoadedService = { operations: file.operations, shapes: shapesOf(name, file) };
    loaded.set(name, service);
    return service;
  };

  const build = (name: string, operation: string): Operation | undefined => {
    const service = load(name);
    const row =
      service === undefined || !Object.hasOwn(service.operations, operation)
        ? undefined
        : service.operations[operation];
    const prefix = services.get(name)?.iam;
    if (service === undefined || row === undefined || prefix === undefined) return undefined;
    const { file, actions } = iam();
    const byDefault = `${prefix}:${operation}`;
    const needed = file.operations[name]?.[operation] ?? (actions.has(byDefault) ? [byDefault] : []);
    return {
      service: name,
      operation,
      input: service.shapes.structure(row[0]),
      output: service.shapes.structure(row[1]),
      pagination: paginationOf(row),
      iam: needed,
      reads: onlyReads(needed, actions) && file.acts[name]?.[operation] === undefined,
      secret: file.secrets[name]?.[operation],
    };
  };

  const structure = (name: string): StructureShape | undefined => {
    const dot = name.indexOf(".");
    return load(name.slice(0, dot))?.shapes.named(name.slice(dot + 1));
  };

  return {
    services: () => [...services.keys()],
    operations: (service) => Object.keys(load(service)?.operations ?? {}),
    operation(service, operation) {
      const key = `${service}:${operation}`;
      const known = operations.get(key);
      if (known !== undefined) return known;
      const made = build(service, operation);
      if (made !== undefined) operations.set(key, made);
      return made;
    },
    iamAction(action) {
      const access = iam().actions.get(action);
      return access === undefined ? undefined : { access };
    },
    iamActions: (prefix) => [...iam().actions.keys()].filter((action) => action.startsWith(`${prefix}:`)),
    structure,
    enumOf: (name, member) => enumIn(structure(name)?.members.get(member)?.shape),
  };
}

function paginationOf(row: OperationRow): Pagination | undefined {
  const [, , inputToken, outputToken, pageSize] = row;
  return inputToken === undefined || outputToken === undefined ? undefined : { inputToken, outputToken, pageSize };
}

/** The files are written by scripts/generate.ts from the types in file.ts: their form is trusted, their age is not. */
function generated<File extends { readonly format: number }>(
  read: (file: string) => string | undefined,
  path: string,
): File {
  const text = read(path);
  if (text === undefined) throw new Error(`generated/${path} is missing; scripts/generate.ts writes it`);
  const file: File = JSON.parse(text);
  if (file.format !== fileFormat)
    throw new Error(`generated/${path} is out of date; scripts/generate.ts writes it anew`);
  return file;
}
