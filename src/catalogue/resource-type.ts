import { nearest } from "../text/nearest.ts";
import type { FieldTemplate, ListTemplate, ResourceTypeFile } from "../types/catalogue.ts";
import type { Scope } from "../types/cel.ts";
import type { Member, Shape, StructureShape } from "../types/shape.ts";
import { type Checker, describeShape, PLACE_SCOPE, STRING } from "./checker.ts";
import type { CompiledField, CompiledList, CompiledType, FieldSource } from "./compiled.ts";
import type { Path } from "./source.ts";

const ANY: Shape = { kind: "any" };

/**
 * Checks a resource type by meaning. `typeOf` gives another type (for fields joined from the account's own resource): `broken` where there is
 * none or it is wrong itself, `circular` where it needs this one. A type that joins from a broken one is broken, without a problem of its own.
 */
export function compileType(
  checker: Checker,
  file: ResourceTypeFile,
  typeOf: (type: string) => CompiledType | "broken" | "circular",
  knownTypes: readonly string[],
): CompiledType | undefined {
  const before = checker.problems.length;
  const list = file.list === undefined ? undefined : compileList(checker, ["list"], file.list, PLACE_SCOPE);
  const itemShape = list?.element;
  const parentShape = list?.parent;
  const itemScope: Scope = {
    ...PLACE_SCOPE,
    ...(itemShape === undefined ? {} : { item: itemShape }),
    ...(parentShape === undefined ? {} : { parent: parentShape }),
    // A broken list is one problem; that nothing is known of its items shall not be twenty more.
    ...(file.list !== undefined && list === undefined ? { item: ANY, parent: ANY } : {}),
  };
  const id = checker.expression(["id"], file.id, itemScope, STRING);
  const fieldScope: Scope = { ...itemScope, id: STRING };
  const arn = checker.expression(["arn"], file.arn, fieldScope, STRING);
  const region = file.region === undefined ? undefined : checker.expression(["region"], file.region, itemScope, STRING);
  const identity = checker.expression(["identity"], file.identity, fieldScope);
  const text = ["string", "timestamp", "any"];
  if (identity !== undefined && !text.includes(identity.shape.kind)) {
    checker.problem(["identity"], "value", `expected string or timestamp, found ${describeShape(identity.shape)}`);
  }
  const get = file.get === undefined ? undefined : compileList(checker, ["get"], file.get, fieldScope);
  if (get !== undefined && itemShape !== undefined && describeShape(get.element) !== describeShape(itemShape)) {
    checker.problem(
      ["get", "items"],
      "value",
      `\`get\` gives ${describeShape(get.element)}, but \`list\` gives ${describeShape(itemShape)}`,
    );
  }
  const lists = new Map<string, NonNullable<ReturnType<CompiledType["lists"]["get"]>>>();
  const listElements = new Map<string, Shape>();
  for (const [listName, template] of Object.entries(file.lists ?? {})) {
    const bulk = compileList(checker, ["lists", listName], template, PLACE_SCOPE);
    if (bulk === undefined) continue;
    listElements.set(listName, bulk.element);
    const key = checker.expression(
      ["lists", listName, "key"],
      template.key,
      { ...PLACE_SCOPE, item: bulk.element },
      STRING,
    );
    if (key !== undefined) lists.set(listName, { ...bulk.list, key });
  }
  if (file.get !== undefined && file.list === undefined) {
    checker.problem(["get"], "key", "`get` has no effect without `list`: each account has exactly one");
  }
  const fields = new Map<string, CompiledField>();
  const declared = Object.entries(file.fields);
  if (file.tags !== undefined) {
    if (Object.hasOwn(file.fields, "Tags"))
      checker.problem(["fields", "Tags"], "key", "`Tags` is the field that `tags` gives");
    declared.push(["Tags", file.tags]);
  }
  for (const [fieldName, template] of declared) {
    const path: Path = fieldName === "Tags" && template === file.tags ? ["tags"] : ["fields", fieldName];
    const field = compileField(checker, path, fieldName, template, fieldScope, listElements);
    if (field !== undefined) fields.set(fieldName, field);
  }
  const tags = fields.get("Tags");
  if (
    file.tags !== undefined &&
    tags !== undefined &&
    !(tags.shape.kind === "map" && tags.shape.value.kind === "string")
  ) {
    checker.problem(
      ["tags", "value"],
      "value",
      `expected map<string, string> (\`tagMap\` makes one), found ${describeShape(tags.shape)}`,
    );
  }
  let joinsBroken = false;
  for (const [fieldName, joined] of Object.entries(file.account_fields ?? {})) {
    const path = ["account_fields", fieldName];
    if (fields.has(fieldName)) checker.problem(path, "key", `the type has a field \`${fieldName}\` of its own`);
    const other = typeOf(joined.type);
    if (other === "circular") {
      const message = `\`${joined.type}\` has fields of \`${file.type}\` itself: types cannot join from each other`;
      checker.problem([...path, "type"], "value", message);
      continue;
    }
    if (other === "broken") {
      joinsBroken = true;
      if (!knownTypes.includes(joined.type)) {
        checker.problem(
          [...path, "type"],
          "value",
          `unknown resource type \`${joined.type}\``,
          nearest(joined.type, knownTypes),
        );
      }
      continue;
    }
    const source = other.fields.get(joined.field);
    if (other.file.list !== undefined || other.file.scope !== "global") {
      checker.problem([...path, "type"], "value", `an account has more than one \`${joined.type}\``);
    } else if (source === undefined) {
      const known = [...other.fields.keys()];
      checker.problem(
        [...path, "field"],
        "value",
        `\`${joined.type}\` has no field \`${joined.field}\``,
        nearest(joined.field, known),
      );
    } else {
      const from: FieldSource = { kind: "account", type: joined.type, field: joined.field };
      fields.set(fieldName, { ...source, name: fieldName, source: from });
    }
  }
  if (checker.problems.length > before || joinsBroken) return undefined;
  if (id === undefined || arn === undefined || identity === undefined) return undefined;
  return {
    kind: "type",
    file,
    location: { file: checker.source.file, line: checker.source.locate(["type"], "key").line },
    shape: resourceShape(file.type, fields),
    list: list?.list,
    get: get === undefined ? undefined : { ...get.list, absent: new Set(file.get?.absent) },
    lists,
    id,
    arn,
    region,
    identity,
    fields,
    itemShape,
    parentShape,
  };
}

function compileList(
  checker: Checker,
  path: Path,
  template: ListTemplate,
  scope: Scope,
): { list: CompiledList; element: Shape; parent: Shape | undefined } | undefined {
  let parents: CompiledList["parents"];
  let parent: Shape | undefined;
  if (template.parents !== undefined) {
    const call = checker.call([...path, "parents"], template.parents, scope, "look");
    if (call === undefined) return undefined;
    const items = checker.listOf([...path, "parents", "items"], template.parents.items, {
      ...scope,
      output: call.operation.output,
    });
    if (items === undefined) return undefined;
    parents = { ...call, items: items.expression };
    parent = items.element;
  }
  const inner = parent === undefined ? scope : { ...scope, parent };
  const call = checker.call(path, template, inner, "look");
  if (call === undefined) return undefined;
  const items = checker.listOf([...path, "items"], template.items, { ...inner, output: call.operation.output });
  if (items === undefined) return undefined;
  return { list: { ...call, items: items.expression, parents }, element: items.element, parent };
}

function compileField(
  checker: Checker,
  path: Path,
  name: string,
  template: FieldTemplate,
  scope: Scope,
  lists: ReadonlyMap<string, Shape>,
): CompiledField | undefined {
  let source: FieldSource | undefined;
  const value = [...path, "value"];
  if (template.call !== undefined && template.from !== undefined) {
    return checker.problem([...path, "from"], "key", "a field has a `call` or a `from`, not both");
  }
  if (template.call !== undefined) {
    const call = checker.call(path, { ...template, call: template.call }, scope, "look");
    if (call === undefined) return undefined;
    const expression = checker.expression(value, template.value, { ...scope, output: call.operation.output });
    if (expression === undefined) return undefined;
    const key = `${template.call} ${JSON.stringify(template.with ?? {})}`;
    source = { kind: "call", key, call, absent: new Set(template.absent), value: expression };
  } else if (template.from !== undefined) {
    const element = lists.get(template.from);
    if (element === undefined) {
      return checker.problem(
        [...path, "from"],
        "value",
        `no list \`${template.from}\``,
        nearest(template.from, [...lists.keys()]),
      );
    }
    const expression = checker.expression(value, template.value, { ...scope, found: { kind: "list", element } });
    if (expression === undefined) return undefined;
    source = { kind: "from", list: template.from, value: expression };
  } else {
    const expression = checker.expression(value, template.value, scope);
    if (expression === undefined) return undefined;
    source = { kind: "item", value: expression };
  }
  for (const key of ["with", "iam", "absent"] as const) {
    if (template.call === undefined && template[key] !== undefined)
      checker.problem([...path, key], "key", `\`${key}\` has no effect without \`call\``);
  }
  const inferred = source.value.shape;
  if (template.decode !== undefined && inferred.kind !== "string" && inferred.kind !== "blob") {
    return checker.problem([...path, "decode"], "key", `only text can be decoded, found ${describeShape(inferred)}`);
  }
  const shape: Shape = template.decode === undefined ? inferred : { kind: "document", decode: template.decode };
  return { name, shape, source, sensitive: template.sensitive ?? false, description: template.description };
}

function resourceShape(type: string, fields: ReadonlyMap<string, CompiledField>): StructureShape {
  const members = new Map<string, Member>();
  for (const field of fields.values())
    members.set(field.name, { shape: field.shape, required: false, sensitive: field.sensitive });
  return { kind: "structure", name: `resource.${type}`, members };
}
