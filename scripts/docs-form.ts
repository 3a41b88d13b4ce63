import { isArray, isObject, own } from "../src/json.ts";
import { markdownTable } from "../src/text/markdown.ts";
import type { Json, JsonObject } from "../src/types/json.ts";

/** Turns a JSON Schema of ours into Markdown: a section for each object, a row for each key. Reads the part of JSON Schema that ours use. */

export interface FormPart {
  /** `##` heading of the whole object; none where the page's title says it. */
  readonly heading?: string;
  readonly schema: Json;
}

interface Section {
  readonly title: string;
  readonly schema: JsonObject;
}

/** The body of a page. Definitions come last, each once, however often they are referred to. */
export function formMarkdown(parts: readonly FormPart[]): string {
  const blocks: string[] = [];
  const definitions = new Map<string, JsonObject>();
  for (const { heading, schema } of parts) {
    if (!isObject(schema)) throw new TypeError("a schema is an object");
    if (heading !== undefined) blocks.push(`## ${heading}`);
    blocks.push(...objectBlocks({ title: "", schema }, heading === undefined ? "##" : "###"));
    for (const [name, definition] of Object.entries(object(own(schema, "definitions"))))
      definitions.set(name, object(definition));
  }
  for (const [name, schema] of definitions) {
    blocks.push(`## ${definitionTitle(name)}`);
    blocks.push(...objectBlocks({ title: "", schema }, "###", definitionTitle(name).toLowerCase()));
  }
  return `${blocks.join("\n\n")}\n`;
}

/** How a definition is called in headings, and in links to it. */
function definitionTitle(name: string): string {
  return `A ${name === "held" ? "held item" : name === "param" ? "parameter" : name}`;
}

function objectBlocks({ title, schema }: Section, level: string, prefix = ""): string[] {
  const nested: Section[] = [];
  const path = (key: string): string => (title === "" ? key : `${title}.${key}`);
  const rows = Object.entries(object(own(schema, "properties"))).map(([key, value]) => {
    const { type, inner } = typeOf(object(value), path(key));
    nested.push(...inner.map((section) => ({ ...section, title: section.title })));
    return [`\`${key}\``, link(type, prefix), required(schema).includes(key) ? "yes" : "", meaning(object(value))];
  });
  const blocks: string[] = [];
  const description = text(own(schema, "description"));
  if (description !== "" && title !== "") blocks.push(sentence(description));
  if (rows.length > 0) blocks.push(markdownTable(["Key", "Type", "Required", "Meaning"], rows));
  const names = object(own(schema, "propertyNames"));
  if (text(own(names, "pattern")) !== "") blocks.push(`Names match \`${text(own(names, "pattern"))}\`.`);
  for (const words of choices(schema)) blocks.push(words);
  for (const section of nested) {
    blocks.push(`${level} ${sectionTitle(section.title, prefix)}`);
    blocks.push(...objectBlocks(section, level, prefix));
  }
  return blocks;
}

/** Headings must differ within a page, or links to them are not what they seem: those of a definition carry its name. */
function sectionTitle(title: string, prefix: string): string {
  return prefix === "" ? `\`${title}\`` : `\`${title}\` of ${prefix}`;
}

function typeOf(schema: JsonObject, title: string): { readonly type: string; readonly inner: readonly Section[] } {
  const plain = (type: string): { type: string; inner: Section[] } => ({ type, inner: [] });
  const reference = text(own(schema, "$ref"));
  if (reference !== "") {
    const name = definitionTitle(reference.replace("#/definitions/", ""));
    return plain(`[${name.toLowerCase()}](#${anchor(name)})`);
  }
  const constant = own(schema, "const");
  if (constant !== undefined) return plain(`\`${JSON.stringify(constant)}\``);
  const values = own(schema, "enum");
  if (isArray(values)) return plain(values.map((value) => `\`${String(value)}\``).join(", "));
  const branches = own(schema, "anyOf");
  if (isArray(branches)) {
    const types = branches.map((branch) => typeOf(object(branch), title));
    return { type: types.map(({ type }) => type).join(" or "), inner: types.flatMap(({ inner }) => inner) };
  }
  const kind = text(own(schema, "type"));
  if (kind === "array") {
    const { type, inner } = typeOf(object(own(schema, "items")), `${title}[]`);
    return { type: type === "any" ? "list" : `list of ${type}`, inner };
  }
  if (kind === "object") {
    const values = own(schema, "additionalProperties");
    if (isObject(own(schema, "properties"))) return { type: `[mapping](#@${title})`, inner: [{ title, schema }] };
    if (isObject(values)) {
      const { type, inner } = typeOf(values, `${title}.NAME`);
      return { type: `mapping of names to ${type}`, inner };
    }
    return plain("mapping");
  }
  if (kind === "string" && /\(CEL\)$/.test(text(own(schema, "description")))) return plain("CEL");
  return plain(kind === "" ? "any" : kind);
}

/** `#@title` becomes the link to the section of that title; which one it is depends on where the table stands. */
function link(type: string, prefix: string): string {
  return type.replace(/#@([^)]+)/g, (_, title: string) => `#${anchor(sectionTitle(title, prefix))}`);
}

function meaning(schema: JsonObject): string {
  const own1 = text(own(schema, "description")).replace(/\s*\(CEL\)$/, "");
  const items = object(own(schema, "items"));
  const parts = [
    ...(own1 === "" ? [] : [sentence(own1)]),
    ...(text(own(items, "description")) === "" || own1 !== "" ? [] : [sentence(text(own(items, "description")))]),
    ...limits(schema),
    ...limits(items).map((words) => `Each: ${words.charAt(0).toLowerCase()}${words.slice(1)}`),
    ...keyNames(schema),
  ];
  return parts.join(" ");
}

function limits(schema: JsonObject): string[] {
  const number = (key: string): number | undefined => {
    const value = own(schema, key);
    return typeof value === "number" ? value : undefined;
  };
  const [least, most, fewest, longest] = [
    number("minimum"),
    number("maximum"),
    number("minItems"),
    number("maxLength"),
  ];
  const pattern = text(own(schema, "pattern"));
  return [
    ...(pattern === "" ? [] : [`Matches \`${pattern}\`.`]),
    ...(least === undefined ? [] : [`At least ${least}.`]),
    ...(most === undefined ? [] : [`At most ${most}.`]),
    ...(fewest === undefined ? [] : [`At least ${fewest} ${fewest === 1 ? "element" : "elements"}.`]),
    ...(longest === undefined ? [] : [`At most ${longest} characters.`]),
    ...(own(schema, "uniqueItems") === true ? ["No element twice."] : []),
  ];
}

function keyNames(schema: JsonObject): string[] {
  const pattern = text(own(object(own(schema, "propertyNames")), "pattern"));
  return pattern === "" || isObject(own(schema, "properties")) ? [] : [`Names match \`${pattern}\`.`];
}

/** `oneOf` and `anyOf` over whole objects say which keys go together. */
function choices(schema: JsonObject): string[] {
  const say = (key: "oneOf" | "anyOf", words: string): string[] => {
    const branches = own(schema, key);
    if (!isArray(branches)) return [];
    const names = branches.map((branch) =>
      required(object(branch))
        .map((name) => `\`${name}\``)
        .join(" with "),
    );
    return [`${words} of ${names.join(", ")} must be there.`];
  };
  return [...say("oneOf", "Exactly one"), ...say("anyOf", "At least one")];
}

/** GitHub's rule for the anchors of headings. */
export function anchor(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, "")
    .trim()
    .replace(/\s/g, "-");
}

function sentence(words: string): string {
  return /[.!?:]$/.test(words) ? words : `${words}.`;
}

function required(schema: JsonObject): string[] {
  const names = own(schema, "required");
  return isArray(names) ? names.map(String) : [];
}

function object(value: Json | undefined): JsonObject {
  return isObject(value) ? value : {};
}

function text(value: Json | undefined): string {
  return typeof value === "string" ? value : "";
}
