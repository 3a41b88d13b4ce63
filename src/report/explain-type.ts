import type {
  CompiledCall,
  CompiledCatalogue,
  CompiledField,
  CompiledList,
  CompiledType,
} from "../catalogue/compiled.ts";
import { supplierOf } from "../catalogue/demand.ts";
import { toJson } from "../json.ts";
import type { CallTemplate } from "../types/catalogue.ts";
import type { Json } from "../types/json.ts";
import { fact, input, page, prose } from "./explain-lines.ts";
import { scopeWords } from "./explain-policy.ts";
import { celType } from "./explain-shape.ts";
import type { Lines } from "./lines.ts";
import { type Column, table } from "./table.ts";

/** A resource type: how it is listed, and its fields with their types and suppliers. */
export function typeText(type: CompiledType, catalogue: CompiledCatalogue, width: number, colour: boolean): string {
  const { file, location } = type;
  const out = page(file.type, "resource type", file.title, width, colour);
  fact(out, "scope", scopeWords(type));
  fact(out, "AWS type", file.cloudformation);
  fact(out, "file", `${location.file}:${location.line}`);
  for (const key of ["id", "arn", "region", "identity"] as const) fact(out, key, file[key]);
  if (type.list !== undefined && file.list !== undefined) list(out, "List", type.list, file.list);
  if (type.get !== undefined && file.get !== undefined) list(out, "Read again", type.get, file.get);
  for (const [name, bulk] of type.lists) list(out, `Bulk list ${name}`, bulk, file.lists?.[name]);
  out.heading("Fields");
  const rows = [...type.fields.values()].map((field) => {
    const { name, from, type: shape } = fieldRow(field, type, catalogue);
    return [name, shape, from].map((cell) => out.safe(cell));
  });
  out.ready(table(COLUMNS, rows, out.width - 2, out.style), 2);
  out.blank();
  out.text(`evenkeel explain ${file.type}.FIELD says more of one.`, { tone: "dim" });
  const { policies, remediations } = usersOf(type, catalogue);
  prose(out, "Policies", policies.join(", "));
  prose(out, "Remediations", remediations.join(", "));
  return out.toString();
}

const COLUMNS: readonly Column[] = [
  { title: "field", shrink: 1, least: 20 },
  { title: "type", shrink: 2, least: 18 },
  { title: "from", least: 30 },
];

export function typeJson(type: CompiledType, catalogue: CompiledCatalogue): Json {
  const { fields: _, tags: __, account_fields: ___, ...rest } = type.file;
  return toJson({
    kind: "resource_type",
    ...rest,
    location: { ...type.location },
    fields: [...type.fields.values()].map((field) => fieldRow(field, type, catalogue)),
    ...usersOf(type, catalogue),
  });
}

function fieldRow(field: CompiledField, type: CompiledType, { types }: CompiledCatalogue) {
  const call = supplierOf(types, type, field.name)?.call;
  return {
    name: field.name,
    type: celType(field.shape),
    from: call === undefined ? "the list" : nameOf(call),
    iam: [...(call?.iam ?? [])],
    sensitive: field.sensitive,
    ...(field.description === undefined ? {} : { description: field.description }),
  };
}

function list(
  out: Lines,
  heading: string,
  list: CompiledList,
  template: (CallTemplate & { items?: string }) | undefined,
): void {
  out.heading(heading);
  if (list.parents !== undefined) {
    out.text(`${nameOf(list.parents)}, then for each of ${list.parents.items.source}:`, { indent: 2, hang: 2 });
  }
  out.text(`${nameOf(list)} (needs ${[...new Set([...(list.parents?.iam ?? []), ...list.iam])].join(", ")})`, {
    indent: 2,
    hang: 2,
  });
  input(out, template?.with, 4);
  fact(out, "items", list.items.source);
}

export function nameOf({ operation }: CompiledCall): string {
  return `${operation.service}:${operation.operation}`;
}

export function usersOf(
  type: CompiledType,
  catalogue: CompiledCatalogue,
): { readonly policies: string[]; readonly remediations: string[] } {
  const policies = [...catalogue.policies.values()].filter((policy) => policy.type === type).map(({ file }) => file.id);
  const remediations = [...catalogue.remediations.values()]
    .filter((one) => one.type === type)
    .map(({ file }) => file.id);
  return { policies: policies.sort(), remediations: remediations.sort() };
}
