import {
  isAlias,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseAllDocuments,
  Scalar,
} from "yaml";
import type { Problem } from "../errors.ts";
import { toJson } from "../json.ts";
import type { Json } from "../types/json.ts";

/** Limits on one file: far above any sensible policy, far below what could hurt (an alias bomb, a nesting bomb). */
const MAX_BYTES = 1_000_000;
const MAX_DEPTH = 60;
const MAX_ALIASES = 100;

export type Path = readonly (string | number)[];

export interface Position {
  readonly line: number;
  readonly column: number;
}

/** A YAML file that was read: its value, and where each part of it stands. */
export interface Source {
  readonly file: string;
  readonly value: Json;
  /**
   * Position of a key or value; of the nearest parent that exists, where the path does not. `offset` counts within a scalar's text; without
   * one the value itself is meant, which for a block begins with its `|`.
   */
  locate(path: Path, at?: "key" | "value", offset?: number | undefined): Position;
}

/** How every file is read, and by whoever looks at its parts again. */
export const YAML_OPTIONS = { version: "1.2", schema: "core", uniqueKeys: true, prettyErrors: false } as const;

/** Reads one YAML document (1.2 core, unique keys). The file's text is data: nothing in it can run. */
export function readSource(file: string, text: string): { source: Source | undefined; problems: Problem[] } {
  if (Buffer.byteLength(text) > MAX_BYTES) {
    return { source: undefined, problems: [{ file, line: 1, column: 1, message: `larger than ${MAX_BYTES} bytes` }] };
  }
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, { ...YAML_OPTIONS, lineCounter: lines });
  const at = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const first = Array.isArray(documents) ? documents[0] : undefined;
  if (first === undefined || first.contents === null) {
    return {
      source: undefined,
      problems: [{ file, line: 1, column: 1, message: "expected a YAML mapping, found an empty file" }],
    };
  }
  const problems: Problem[] = first.errors.map((error) => ({
    file,
    ...at(error.pos[0]),
    message: firstLine(error.message),
  }));
  const second = documents[1];
  if (second !== undefined) {
    problems.push({ file, ...at(second.range[0]), message: "expected one YAML document in the file, found another" });
  }
  if (problems.length > 0) return { source: undefined, problems };
  const tooDeep = deeperThan(first.contents, MAX_DEPTH);
  if (tooDeep !== undefined) {
    return {
      source: undefined,
      problems: [{ file, ...at(tooDeep), message: `nested deeper than ${MAX_DEPTH} levels` }],
    };
  }
  let value: Json;
  try {
    value = toJson(first.toJS({ maxAliasCount: MAX_ALIASES }));
  } catch (error) {
    const message = error instanceof Error ? firstLine(error.message) : "not readable";
    return { source: undefined, problems: [{ file, line: 1, column: 1, message }] };
  }
  const root = first.contents;
  const locate = (path: Path, which: "key" | "value" = "value", offset?: number): Position => {
    const found = find(root, path, which);
    const start = found.range?.[0] ?? 0;
    const inside = isScalar(found) && offset !== undefined && (offset > 0 || isBlock(found));
    return at(inside ? offsetInScalar(text, found, offset) : start);
  };
  return { source: { file, value, locate }, problems: [] };
}

function find(root: Node, path: Path, which: "key" | "value"): Node {
  let node: Node = root;
  for (const [index, part] of path.entries()) {
    if (isAlias(node)) return node;
    const last = index === path.length - 1;
    if (isMap(node)) {
      const pair = node.items.find(
        (item) => isPair(item) && (isScalar(item.key) ? item.key.value === part : item.key === part),
      );
      if (pair === undefined || !isNode(pair.key)) return node;
      if (last && which === "key") return pair.key;
      if (!isNode(pair.value)) return pair.key;
      node = pair.value;
    } else if (isSeq(node) && typeof part === "number") {
      const item = node.items[part];
      if (!isNode(item)) return node;
      node = item;
    } else {
      return node;
    }
  }
  return node;
}

/**
 * Where the character at `offset` of a scalar's value stands in the file. Folding and indentation only add and remove white space, so the
 * n-th other character of the value is the n-th other character of the source, an escape counting as the character it stands for.
 */
function offsetInScalar(text: string, node: Scalar, offset: number): number {
  const [start, end] = node.range ?? [0, 0];
  const value = typeof node.value === "string" ? node.value : "";
  let position = start;
  if (isBlock(node)) {
    const newline = text.indexOf("\n", start);
    position = newline === -1 ? start : newline + 1;
  } else if (node.type === Scalar.QUOTE_DOUBLE || node.type === Scalar.QUOTE_SINGLE) {
    position = start + 1;
  }
  let wanted = value.slice(0, offset).replace(/\s/g, "").length;
  while (position < end) {
    const { length, blank } = characterAt(text, position, node.type);
    if (!blank) {
      if (wanted === 0) return position;
      wanted -= 1;
    }
    position += length;
  }
  return Math.min(position, end);
}

function isBlock(node: Scalar): boolean {
  return node.type === Scalar.BLOCK_LITERAL || node.type === Scalar.BLOCK_FOLDED;
}

/** How many characters of the source stand for the next one of the value, and whether that is white space. */
function characterAt(text: string, position: number, type: Scalar["type"]): { length: number; blank: boolean } {
  const character = text.charAt(position);
  const next = text.charAt(position + 1);
  if (type === Scalar.QUOTE_SINGLE && character === "'" && next === "'") return { length: 2, blank: false };
  if (type === Scalar.QUOTE_DOUBLE && character === "\\") {
    const digits = { x: 2, u: 4, U: 8 }[next] ?? 0;
    return { length: 2 + digits, blank: /[\s ntrvfNLP_]/.test(next) };
  }
  return { length: 1, blank: /\s/.test(character) };
}

function deeperThan(node: unknown, levels: number): number | undefined {
  if (!isNode(node)) return undefined;
  if (levels === 0) return node.range?.[0] ?? 0;
  if (isMap(node)) {
    for (const pair of node.items) {
      const found = deeperThan(pair.value, levels - 1);
      if (found !== undefined) return found;
    }
  } else if (isSeq(node)) {
    for (const item of node.items) {
      const found = deeperThan(item, levels - 1);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

function firstLine(message: string): string {
  return message.split("\n")[0] ?? message;
}
