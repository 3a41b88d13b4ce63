import * as validators from "../../generated/validators.js";
import configSchema from "../../schemas/config.json" with { type: "json" };
import exceptionsSchema from "../../schemas/exceptions.json" with { type: "json" };
import packSchema from "../../schemas/pack.json" with { type: "json" };
import policySchema from "../../schemas/policy.json" with { type: "json" };
import remediationSchema from "../../schemas/remediation.json" with { type: "json" };
import resourceTypeSchema from "../../schemas/resource-type.json" with { type: "json" };
import type { Problem } from "../errors.ts";
import { atPointer, isArray, isObject, own, toJson } from "../json.ts";
import { nearest } from "../text/nearest.ts";
import { checkedAs } from "../trust.ts";
import type {
  Config,
  JournalPlace,
  PackFile,
  PolicyFile,
  RemediationFile,
  ResourceTypeFile,
} from "../types/catalogue.ts";
import type { ExceptionEntry } from "../types/exception.ts";
import type { Json } from "../types/json.ts";
import type { Path, Source } from "./source.ts";

/** The form of every kind of file: its JSON Schema in `schemas/`, and the type that a file of that form has. */
const KINDS = {
  resourceType: { schema: resourceTypeSchema, validate: validators.resourceType },
  policy: { schema: policySchema, validate: validators.policy },
  remediation: { schema: remediationSchema, validate: validators.remediation },
  pack: { schema: packSchema, validate: validators.pack },
  config: { schema: configSchema, validate: validators.config },
  exceptions: { schema: exceptionsSchema, validate: validators.exceptions },
} as const;

export interface Forms {
  exceptions: ExceptionEntry | readonly ExceptionEntry[];
  resourceType: ResourceTypeFile;
  policy: PolicyFile;
  remediation: RemediationFile;
  pack: PackFile;
  /** Defaults are not filled in yet. */
  config: Pick<Config, "version" | "policies" | "roles"> &
    Partial<Omit<Config, "accounts" | "report" | "guards" | "changes" | "journal">> & {
      readonly changes?: {
        readonly windows?: readonly (Omit<Config["changes"]["windows"][number], "timezone"> & {
          readonly timezone?: string;
        })[];
        readonly freezes?: Config["changes"]["freezes"];
      };
      readonly accounts: readonly {
        readonly id: string;
        readonly name: string;
        readonly labels?: Readonly<Record<string, string>>;
      }[];
      readonly guards?: Partial<Config["guards"]>;
      readonly report?: Partial<Config["report"]>;
      readonly journal?: Omit<JournalPlace, "prefix"> & { readonly prefix?: string };
    };
}

/** Checks a file's form: all problems at once, each with its place, what was expected and the nearest valid name. */
export function checkForm<K extends keyof Forms>(
  kind: K,
  source: Source,
): { value: Forms[K] | undefined; problems: Problem[] } {
  const { schema, validate } = KINDS[kind];
  if (validate(source.value)) return { value: checkedAs<Forms[K]>(source.value), problems: [] };
  const errors = validate.errors ?? [];
  const problems = describe(errors, toJson(schema), source);
  // Keys too many leave the rest in its form: what it means is checked as well, so that all problems are told at once.
  const formed = errors.every(({ keyword }) => keyword === "additionalProperties");
  return { value: formed ? checkedAs<Forms[K]>(source.value) : undefined, problems };
}

function describe(errors: readonly validators.FormError[], schema: Json, source: Source): Problem[] {
  // A failed oneOf or anyOf says what was expected; what its branches say of themselves would only blur it.
  const choices = errors.filter((error) => error.keyword === "oneOf" || error.keyword === "anyOf");
  // What is not even of the right type has no choices to make.
  const wrongTypes = new Set(
    errors.filter(({ keyword }) => keyword === "type").map(({ instancePath }) => instancePath),
  );
  const own = errors.filter(
    (error) =>
      !choices.some((choice) => error !== choice && error.schemaPath.startsWith(`${choice.schemaPath}/`)) &&
      !(error.keyword === "oneOf" && wrongTypes.has(error.instancePath)),
  );
  const seen = new Set<string>();
  const problems: Problem[] = [];
  for (const error of own) {
    // The error of the keyword `propertyNames` itself says which name it is.
    if (error.schemaPath.includes("/propertyNames/")) continue;
    const problem = describeOne(error, schema, source);
    const key = `${problem.line}:${problem.column}:${problem.message}`;
    if (!seen.has(key)) problems.push(problem);
    seen.add(key);
  }
  return problems;
}

function describeOne(error: validators.FormError, schema: Json, source: Source): Problem {
  const path = toPath(error.instancePath, source.value);
  const place = (at: "key" | "value", ...more: string[]) => ({
    file: source.file,
    ...source.locate([...path, ...more], at),
  });
  const here = path.length === 0 ? "the file" : `\`${path.join(".")}\``;
  const form = asObject(schemaAt(schema, path));
  const rule = own(form, error.keyword);
  const params = toJson(error.params);
  const param = (name: string): string => (isObject(params) ? String(own(params, name) ?? "") : "");
  const found = atPath(source.value, path);
  switch (error.keyword) {
    case "additionalProperties": {
      const name = param("additionalProperty");
      const known = Object.keys(asObject(own(form, "properties")));
      return {
        ...place("key", name),
        message: `unknown key \`${name}\` in ${here}; expected ${listed(known)}`,
        nearest: nearest(name, known),
      };
    }
    case "propertyNames": {
      const name = param("propertyName");
      const pattern = String(own(asObject(rule), "pattern") ?? "");
      return { ...place("key", name), message: `the name \`${name}\` in ${here} does not match ${pattern}` };
    }
    case "required":
      return { ...place("key"), message: `${here} lacks \`${param("missingProperty")}\`` };
    case "enum": {
      const allowed = isArray(rule) ? rule.map(String) : [];
      return {
        ...place("value"),
        message: `${here} is ${shown(found)}; expected ${listed(allowed)}`,
        nearest: nearest(String(found), allowed),
      };
    }
    case "const":
      return { ...place("value"), message: `${here} is ${shown(found)}; expected ${shown(rule)}` };
    case "type":
      return {
        ...place("value"),
        message: `${here} is ${kindOf(found)}; expected ${param("type").replaceAll(",", " or ")}`,
      };
    case "pattern":
      return {
        ...place("value"),
        message: `${here} is ${shown(found)}; expected text that matches ${param("pattern")}`,
      };
    case "oneOf":
    case "anyOf": {
      const keys = isArray(rule) ? rule.map((branch) => branchName(branch)) : [];
      const which = error.keyword === "oneOf" ? "exactly one of" : "one of";
      return { ...place("key"), message: `${here}: expected ${which} ${listed(keys)}` };
    }
    default:
      return { ...place("value"), message: `${here} ${error.message ?? "has the wrong form"}` };
  }
}

/**
 * The schema of the value at a path. Found by walking beside the value: the schema paths of ajv's errors begin anew at some `$ref`s, and
 * do not say at which.
 */
function schemaAt(schema: Json, path: Path): Json | undefined {
  let here: Json | undefined = schema;
  for (const part of path) {
    const form = asObject(here);
    const properties = asObject(own(form, "properties"));
    const next: Json | undefined =
      typeof part === "number" ? own(form, "items") : (own(properties, part) ?? own(form, "additionalProperties"));
    const ref = isObject(next) ? own(next, "$ref") : undefined;
    here = typeof ref === "string" ? atPointer(schema, ref.slice(1)) : next;
  }
  return here;
}

function branchName(branch: Json): string {
  if (!isObject(branch)) return "?";
  const required = own(branch, "required");
  if (isArray(required)) return required.map(String).join(" and ");
  const constant = own(branch, "const");
  return constant === undefined ? `a value of type ${String(own(branch, "type"))}` : shown(constant);
}

function toPath(pointer: string, value: Json): Path {
  const path: (string | number)[] = [];
  let here: Json | undefined = value;
  for (const raw of pointer === "" ? [] : pointer.slice(1).split("/")) {
    const part = raw.replaceAll("~1", "/").replaceAll("~0", "~");
    path.push(isArray(here) ? Number(part) : part);
    here = isArray(here) ? here[Number(part)] : isObject(here) ? own(here, part) : undefined;
  }
  return path;
}

function atPath(value: Json, path: Path): Json | undefined {
  let found: Json | undefined = value;
  for (const part of path)
    found = isArray(found) ? found[Number(part)] : isObject(found) ? own(found, String(part)) : undefined;
  return found;
}

function asObject(value: Json | undefined): Readonly<Record<string, Json>> {
  return isObject(value) ? value : {};
}

function listed(names: readonly string[]): string {
  return names.length === 0 ? "nothing here" : names.join(", ");
}

function kindOf(value: Json | undefined): string {
  if (value === null) return "empty";
  return isArray(value) ? "a list" : isObject(value) ? "a mapping" : `the ${typeof value} ${shown(value)}`;
}

function shown(value: Json | undefined): string {
  const text = JSON.stringify(value ?? null);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
