/**
 * The shipped catalogue, parsed at build time: reading its YAML takes half of the time of `validate`, because the parser runs cold.
 *
 * A text stands for its own SHA-256, so a file that was edited, or is not ours, is parsed as ever; nothing can be out of date.
 */
import { createHash } from "node:crypto";
import type { Json } from "../types/json.ts";
import { type Position, readSource, type Source } from "./source.ts";

export interface ParsedFile {
  readonly value: Json;
  /** Line and column of each key of the file's mapping: the places that are asked for even where nothing is wrong. */
  readonly keys: Readonly<Record<string, readonly [line: number, column: number]>>;
}

/** By the SHA-256 of the file's text, in hex. */
export type ParsedFiles = Readonly<Record<string, ParsedFile>>;

export type ReadSource = typeof readSource;

/** For the build. Undefined where the text has problems: these are told with all their places, by parsing. */
export function parseFile(text: string): readonly [digest: string, parsed: ParsedFile] | undefined {
  const { source } = readSource("", text);
  if (source === undefined || typeof source.value !== "object" || source.value === null) return undefined;
  const keys: Record<string, readonly [number, number]> = {};
  for (const key of Object.keys(source.value)) {
    const { line, column } = source.locate([key], "key");
    keys[key] = [line, column];
  }
  return [digestOf(text), { value: source.value, keys }];
}

/** `readSource`, but what was parsed at build time is only looked up. Places deeper in a file parse it when they are asked for. */
export function sourceReader(parsed: ParsedFiles): ReadSource {
  return (file, text) => {
    const digest = digestOf(text);
    const known = Object.hasOwn(parsed, digest) ? parsed[digest] : undefined;
    if (known === undefined) return readSource(file, text);
    let whole: Source | undefined;
    const locate: Source["locate"] = (path, at = "value", offset = undefined): Position => {
      const [key, ...deeper] = path;
      if (
        at === "key" &&
        offset === undefined &&
        deeper.length === 0 &&
        typeof key === "string" &&
        Object.hasOwn(known.keys, key)
      ) {
        const [line, column] = known.keys[key] ?? [1, 1];
        return { line, column };
      }
      whole ??= readSource(file, text).source;
      return whole?.locate(path, at, offset) ?? { line: 1, column: 1 };
    };
    return { source: { file, value: known.value, locate }, problems: [] };
  };
}

function digestOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
