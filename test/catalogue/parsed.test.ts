import { join } from "node:path";
import { expect, test } from "vitest";
import { readCatalogueFiles } from "../../src/catalogue/files.ts";
import { type ParsedFile, parseFile, sourceReader } from "../../src/catalogue/parsed.ts";
import { readSource } from "../../src/catalogue/source.ts";
import type { Json } from "../../src/types/json.ts";

const files = readCatalogueFiles(join(import.meta.dirname, "../.."), "", true);
const parsed: Record<string, ParsedFile> = Object.fromEntries(
  files.map(({ text }) => parseFile(text)).filter((entry) => entry !== undefined),
);
// As it is after the way through a file.
const read = sourceReader(JSON.parse(JSON.stringify(parsed)));

function paths(value: Json, path: readonly (string | number)[] = []): (readonly (string | number)[])[] {
  if (typeof value !== "object" || value === null) return [path];
  return [
    path,
    ...Object.entries(value).flatMap(([key, part]) => paths(part, [...path, Array.isArray(value) ? Number(key) : key])),
  ];
}

test("every shipped file is known, and every value and place is that of its YAML", () => {
  expect(Object.keys(parsed)).toHaveLength(files.length);
  for (const { file, text } of files) {
    const [known, plain] = [read(file, text).source, readSource(file, text).source];
    if (known === undefined || plain === undefined) throw new Error(file);
    expect(known.value).toEqual(plain.value);
    expect(JSON.stringify(known.value)).toBe(JSON.stringify(plain.value));
    for (const path of [...paths(plain.value), ["nothing"], ["id", "nothing"]]) {
      expect(known.locate(path, "key")).toEqual(plain.locate(path, "key"));
      expect(known.locate(path)).toEqual(plain.locate(path));
      expect(known.locate(path, "value", 7)).toEqual(plain.locate(path, "value", 7));
    }
  }
});

test("an edited text is read anew, problems and all", () => {
  const { text, file } = files[0] ?? expect.fail("no files");
  const edited = `${text}\nmore: [`;
  expect(read(file, edited)).toMatchObject({ source: undefined });
  expect(read(file, edited).problems).toEqual(readSource(file, edited).problems);
  expect(read(file, `${text}\nmore: 1\n`).source?.value).toMatchObject({ more: 1 });
});

test("a text with problems is not taken at build time", () => {
  expect(parseFile("a: [")).toBeUndefined();
  expect(parseFile("")).toBeUndefined();
  expect(parseFile("- list")).toBeDefined();
});
