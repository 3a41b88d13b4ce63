import { stringify } from "yaml";
import type { Call } from "../catalogue/demand.ts";
import { wrap } from "../text/width.ts";
import type { ParamSchema, ParamSchemas } from "../types/catalogue.ts";
import type { Json, JsonObject } from "../types/json.ts";
import { Lines } from "./lines.ts";

/** What all explanations are made of. Everything goes through `Lines`, which encodes it and keeps it within the width. */

/** Room for the labels beside facts. */
const LABEL = 12;

/** Nothing is cut: whoever asks for an explanation wants it whole. */
export function page(name: string, kind: string, title: string, width: number, colour: boolean): Lines {
  const out = new Lines({ width, colour, verbose: true });
  out.text(name, { tone: "accent" });
  out.text(title, { tone: "strong" });
  out.text(kind, { tone: "dim" });
  out.blank();
  return out;
}

/** `severity    high`; nothing at all where there is no text. */
export function fact(out: Lines, label: string, text: string | undefined, indent = 2): void {
  if (text === undefined || text === "") return;
  for (const [index, line] of wrap(out.safe(oneLine(text)), out.width - indent - LABEL).entries()) {
    const head = index === 0 ? out.style("dim", label.padEnd(LABEL)) : " ".repeat(LABEL);
    out.ready([`${head}${line}`.trimEnd()], indent);
  }
}

/** Prose under a heading. */
export function prose(out: Lines, heading: string, text: string | undefined): void {
  if (text === undefined || text === "") return;
  out.heading(heading);
  out.text(oneLine(text), { indent: 2 });
}

/** Expressions and YAML keep their lines and their indentation. */
export function block(out: Lines, text: string, indent = 4): void {
  for (const line of text.trimEnd().split("\n")) {
    const shift = line.length - line.trimStart().length;
    out.text(line.trim(), { indent: indent + Math.min(shift, 20), hang: 2 });
  }
}

/** An expression under a heading. */
export function expression(out: Lines, heading: string, source: string | undefined): void {
  if (source === undefined) return;
  out.heading(heading);
  block(out, source, 2);
}

/** The input of a call as YAML, with its `${…}` as they stand in the file. */
export function input(out: Lines, values: JsonObject | undefined, indent: number): void {
  if (values === undefined || Object.keys(values).length === 0) return;
  block(out, stringify(values, { lineWidth: 0, blockQuote: "literal" }), indent);
}

/** `s3:ListBuckets, for s3.bucket.list; needs s3:ListAllMyBuckets`. */
export function calls(out: Lines, heading: string, made: readonly Call[]): void {
  if (made.length === 0) return;
  out.heading(heading);
  for (const { call, iam, because } of made) {
    const what = because.map((reason) => reason.slice(reason.indexOf("/") + 1));
    out.text(`${call}, for ${[...new Set(what)].join(", ")}; needs ${iam.join(", ")}`, { indent: 2, hang: 4 });
  }
}

export function callJson({ call, iam, because }: Call): Json {
  return { call, iam, because };
}

/** `max_days: integer, at least 1, default 90. What it is for.` */
export function params(out: Lines, heading: string, schemas: ParamSchemas | undefined): void {
  const entries = Object.entries(schemas ?? {});
  if (entries.length === 0) return;
  out.heading(heading);
  for (const [name, schema] of entries) out.text(`${name}: ${paramWords(schema)}`, { indent: 2, hang: 4 });
}

export function paramWords(schema: ParamSchema): string {
  const of = schema.items === undefined ? "" : ` of ${schema.items.type}`;
  const parts = [
    `${schema.type}${of}`,
    ...(schema.enum === undefined ? [] : [`one of ${schema.enum.map((value) => JSON.stringify(value)).join(", ")}`]),
    ...(schema.minimum === undefined ? [] : [`at least ${schema.minimum}`]),
    ...(schema.maximum === undefined ? [] : [`at most ${schema.maximum}`]),
    ...(schema.pattern === undefined ? [] : [`matches ${schema.pattern}`]),
    schema.default === undefined ? "must be given" : `default ${JSON.stringify(schema.default)}`,
  ];
  return `${parts.join(", ")}${schema.description === undefined ? "" : `. ${schema.description}`}`;
}

/** Texts from YAML may be folded over lines; explanations wrap them anew. */
export function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}
