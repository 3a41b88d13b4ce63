import type { CompiledCatalogue, CompiledField, CompiledType } from "../catalogue/compiled.ts";
import { fieldsRead, supplierOf } from "../catalogue/demand.ts";
import { toJson } from "../json.ts";
import type { FieldTemplate } from "../types/catalogue.ts";
import type { Json } from "../types/json.ts";
import type { Shape } from "../types/shape.ts";
import { block, fact, input, page, prose } from "./explain-lines.ts";
import { celType, type EnumOf, memberJson, membersOf } from "./explain-shape.ts";
import { nameOf } from "./explain-type.ts";

/** Structures of AWS may be large and contain themselves: two levels say what a policy usually asks. */
const LEVELS = 2;

/** A field, or a member inside one, as a name led to it. */
export interface FieldPlace {
  readonly type: CompiledType;
  readonly field: CompiledField;
  /** Members below the field. */
  readonly path: readonly string[];
  readonly shape: Shape;
}

export function fieldText(
  place: FieldPlace,
  catalogue: CompiledCatalogue,
  enumOf: EnumOf,
  width: number,
  colour: boolean,
): string {
  const { type, field, path, shape } = place;
  const { supplier, template, via } = supplyOf(place, catalogue);
  const name = [type.file.type, field.name, ...path].join(".");
  const out = page(name, "field", field.description ?? `${field.name} of ${type.file.title}`, width, colour);
  fact(out, "type", celType(shape));
  fact(out, "in policies", ["resource", field.name, ...path].join("."));
  fact(out, "unset", unsetWords(shape));
  if (shape.kind === "document")
    fact(out, "text", `${shape.decode} as AWS returned it; policies read it decoded, undo restores the text`);
  if (field.sensitive)
    fact(out, "sensitive", "may hold something secret: compared and fingerprinted, shown only as a hash and a length");
  fact(out, "through", via);
  if (supplier === undefined) fact(out, "from", "the list itself: no call of its own");
  else {
    fact(out, "call", nameOf(supplier.call));
    input(out, template?.with, 14);
    fact(out, "needs", supplier.call.iam.join(", "));
    fact(
      out,
      "not set",
      template?.absent === undefined
        ? undefined
        : `when AWS answers ${template.absent.join(" or ")}; any other error means unknown`,
    );
  }
  if (template !== undefined) {
    fact(out, "value", template.value);
  }
  const members = membersOf(shape, LEVELS, enumOf);
  if (members.length > 0) out.heading("Members");
  for (const { path: inner, type: of, sensitive, values } of members) {
    const known = values.length === 0 ? "" : ` (${values.join(", ")})`;
    block(out, `${inner}: ${of}${sensitive ? ", sensitive" : ""}${known}`, 2);
  }
  prose(out, "Read by", readersOf(place, catalogue).join(", "));
  return out.toString();
}

export function fieldJson(place: FieldPlace, catalogue: CompiledCatalogue, enumOf: EnumOf): Json {
  const { type, field, path, shape } = place;
  const { supplier, template, via } = supplyOf(place, catalogue);
  return toJson({
    kind: "field",
    resource_type: type.file.type,
    field: field.name,
    ...(path.length === 0 ? {} : { path: [...path] }),
    type: celType(shape),
    sensitive: field.sensitive,
    description: field.description,
    call: supplier === undefined ? undefined : nameOf(supplier.call),
    with: template?.with,
    iam: supplier === undefined ? [] : [...supplier.call.iam],
    absent: [...(template?.absent ?? [])],
    value: template?.value,
    through: via,
    members: membersOf(shape, LEVELS, enumOf).map(memberJson),
    read_by: readersOf(place, catalogue),
  });
}

/** The call and the YAML of the field, found in the type that declares it. */
function supplyOf({ type, field }: FieldPlace, { types }: CompiledCatalogue) {
  const supplier = supplierOf(types, type, field.name);
  const { source } = field;
  if (source.kind === "account") {
    const template = templateOf(types.get(source.type), source.field);
    return { supplier, template, via: `the account's own ${source.type}, field ${source.field}` };
  }
  const template = templateOf(type, field.name);
  const via = source.kind === "from" ? `the bulk list ${source.list}, one call for all resources` : undefined;
  return {
    supplier,
    template:
      source.kind === "from" ? { ...template, value: template?.value ?? "", ...withOf(type, source.list) } : template,
    via,
  };
}

function withOf(type: CompiledType, list: string): Pick<FieldTemplate, "with"> {
  const input = type.file.lists?.[list]?.with;
  return input === undefined ? {} : { with: input };
}

function templateOf(type: CompiledType | undefined, field: string): FieldTemplate | undefined {
  if (type === undefined) return undefined;
  return field === "Tags" && type.file.tags !== undefined ? type.file.tags : type.file.fields[field];
}

/** docs/cel.md, in a line. */
function unsetWords(shape: Shape): string {
  switch (shape.kind) {
    case "boolean":
      return "reads as false";
    case "list":
    case "map":
      return "reads as empty";
    case "structure":
      return "reads as one with nothing set";
    default:
      return "reading it unguarded is an error: has(…) or .?NAME.orValue(…)";
  }
}

function readersOf({ type, field }: FieldPlace, catalogue: CompiledCatalogue): string[] {
  return [...catalogue.policies.values()]
    .filter((policy) => policy.type === type && fieldsRead({ policy, plans: true, applies: true }).has(field.name))
    .map(({ file }) => file.id)
    .sort();
}
