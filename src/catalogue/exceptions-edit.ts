import { isAlias, isScalar, parseDocument } from "yaml";
import { isArray, sameJson, toJson } from "../json.ts";
import type { ExceptionEntry } from "../types/exception.ts";
import type { Json } from "../types/json.ts";
import { entriesOf } from "./exceptions.ts";
import { checkForm } from "./form.ts";
import { readSource, YAML_OPTIONS } from "./source.ts";

const MARK = "\uFEFF";

/** The entries of a text below `exceptions/`; undefined where its form is wrong. */
export function entriesIn(file: string, text: string): readonly ExceptionEntry[] | undefined {
  const { source } = readSource(file, text);
  const form = source === undefined ? undefined : checkForm("exceptions", source).value;
  return source === undefined || form === undefined ? undefined : entriesOf(form, source).map(({ entry }) => entry);
}

/**
 * The text with another last day for one entry and every other character as it was, so that a review sees one line. Undefined where the text does
 * not hold the entry, or its day cannot be changed without changing something else (another entry takes it over by an alias).
 */
export function withExpiry(file: string, text: string, entry: ExceptionEntry, expires: string): string | undefined {
  // The library's positions do not count a byte order mark.
  if (text.startsWith(MARK)) {
    const rest = withExpiry(file, text.slice(1), entry, expires);
    return rest === undefined ? undefined : MARK + rest;
  }
  const { source } = readSource(file, text);
  if (source === undefined) return undefined;
  const entries = entriesIn(file, text) ?? [];
  const index = entries.findIndex((one) => sameJson(toJson(one), toJson(entry)));
  if (index === -1) return undefined;
  const path = isArray(source.value) ? [index, "expires"] : ["expires"];
  const node = parseDocument(text, YAML_OPTIONS).getIn(path, true);
  if (!isScalar(node) && !isAlias(node)) return undefined;
  const [start, end] = node.range ?? [0, 0];
  const written = text.slice(start, end);
  const [before, after, more] = written.split(entry.expires);
  // Escapes and aliases do not spell the day out: quoted it is right wherever a value stands.
  const instead =
    before !== undefined && after !== undefined && more === undefined ? before + expires + after : `"${expires}"`;
  const changed = text.slice(0, start) + instead + text.slice(end);
  const wanted = entries.map((one, at) => toJson(at === index ? { ...one, expires } : one));
  return sameJson(listOf(entriesIn(file, changed)), wanted) ? changed : undefined;
}

function listOf(entries: readonly ExceptionEntry[] | undefined): Json | undefined {
  return entries === undefined ? undefined : entries.map((one) => toJson(one));
}
