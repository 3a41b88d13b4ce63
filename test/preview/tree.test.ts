import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { ownFiles } from "../../src/preview/side.ts";
import { type Commits, commitsToCompare, readSide } from "../../src/preview/tree.ts";

const blobOf = (text: string): string =>
  createHash("sha1")
    .update(`blob ${Buffer.byteLength(text)}\0`)
    .update(text)
    .digest("hex");

function fake(
  files: Readonly<Record<string, string>>,
  parents: readonly string[] = [],
): { commits: Commits; asked: string[] } {
  const asked: string[] = [];
  const entries = Object.entries(files).map(([path, text]) => ({
    path,
    blob: blobOf(text),
    size: Buffer.byteLength(text),
    text,
  }));
  return {
    asked,
    commits: {
      parents: async () => parents,
      mergeBase: async (base, head) => `merge base of ${base} and ${head}`,
      files: async () => entries.map(({ text: _, ...entry }) => entry),
      async text(blob) {
        const found = entries.find((entry) => entry.blob === blob);
        asked.push(found?.path ?? "");
        return found?.text ?? "";
      },
    },
  };
}

test("GitHub's merge is compared with its first parent; a head without one with where it left the base", async () => {
  const from = { sha: "merge", baseSha: "base", headSha: "head" };
  const merged = fake({}, ["base-by-now", "head"]).commits;
  expect(await commitsToCompare(merged, from)).toEqual({ base: "base-by-now", head: "merge" });
  const other = fake({}, ["a", "b"]).commits;
  const apart = { base: "merge base of base and head", head: "head" };
  expect(await commitsToCompare(other, from)).toEqual(apart);
  expect(await commitsToCompare(merged, { ...from, sha: "head" })).toEqual(apart);
});

test("only what Evenkeel reads is read, and only what the checkout does not have is asked for", async () => {
  const { commits, asked } = fake({
    "prod/evenkeel.yaml": "version: 1\n",
    "prod/policies/a.yaml": "id: a\n",
    "prod/policies/packs/p.yml": "pack: p\n",
    "prod/policies/notes.md": "no\n",
    "prod/exceptions/e.yaml": "e\n",
    "prod/plans/all.jsonl": "{}\n",
    "policies/other.yaml": "id: o\n",
    "evenkeel.yaml": "version: 1\n# another\n",
  });
  // The checkout has another text under one of the names: it is not believed.
  const local = (path: string) =>
    path === "prod/evenkeel.yaml"
      ? Buffer.from("version: 1\n")
      : path === "prod/policies/a.yaml"
        ? Buffer.from("id: b\n")
        : undefined;
  const known = new Map<string, string>();
  const side = await readSide(commits, "c", "prod/evenkeel.yaml", local, known);
  expect(Object.fromEntries(side.texts)).toEqual({
    "evenkeel.yaml": "version: 1\n",
    "policies/a.yaml": "id: a\n",
    "policies/packs/p.yml": "pack: p\n",
    "exceptions/e.yaml": "e\n",
  });
  expect(asked.sort()).toEqual(["prod/exceptions/e.yaml", "prod/policies/a.yaml", "prod/policies/packs/p.yml"]);
  const own = ownFiles(side);
  expect(own.files.map(({ kind, file }) => [kind, file])).toEqual([
    ["policy", "prod/policies/a.yaml"],
    ["pack", "prod/policies/packs/p.yml"],
  ]);
  expect(own.exceptions.map(({ file }) => file)).toEqual(["prod/exceptions/e.yaml"]);
  expect([own.configFile, own.config]).toEqual(["prod/evenkeel.yaml", "version: 1\n"]);
  // The other side asks for nothing that is known by now.
  await readSide(commits, "d", "prod/evenkeel.yaml", () => undefined, known);
  expect(asked).toHaveLength(3);
});

test("a pull request of any size costs a bounded number of calls", async () => {
  const files = Object.fromEntries(
    Array.from({ length: 301 }, (_, index) => [`policies/${index}.yaml`, `id: p${index}\n`]),
  );
  const many = fake(files);
  await expect(readSide(many.commits, "c", "evenkeel.yaml", () => undefined, new Map())).rejects.toThrow("301 files");
  expect(many.asked).toEqual([]);
  const huge = fake({ "policies/huge.yaml": "x".repeat(1_000_001) });
  const side = await readSide(huge.commits, "c", "evenkeel.yaml", () => undefined, new Map());
  expect(huge.asked).toEqual([]);
  expect(side.texts.get("policies/huge.yaml")?.length).toBeGreaterThan(1_000_000);
});
