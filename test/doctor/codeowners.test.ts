import { expect, test } from "vitest";
import { codeOwnersCheck, gapIn, ownerRules, ownersOf } from "../../src/doctor/codeowners.ts";
import { FACTS, known, OWNERS, settings } from "./facts.ts";

test.each([
  ["*", "a/b/c.txt", true],
  ["*.js", "deep/x.js", true],
  ["*.js", "x.jsx", false],
  ["/build/logs/", "build/logs/a/b", true],
  ["/build/logs/", "src/build/logs/a", false],
  ["docs/*", "docs/a.md", true],
  ["docs/*", "docs/sub/a.md", false],
  ["apps/", "x/apps/y", true],
  ["apps/", "apps", false],
  ["/docs", "docs/a/b", true],
  ["/docs", "docs2/a", false],
  ["docs/a", "x/docs/a", false],
  ["**/logs", "a/b/logs/x", true],
  ["**/logs", "logs", true],
  ["/a/**/z.txt", "a/z.txt", true],
  ["/a/**/z.txt", "a/b/c/z.txt", true],
  ["/a?c", "abc", true],
  ["/a.c", "abc", false],
])("pattern %s and %s: %s", (pattern, path, matches) => {
  expect(ownersOf(ownerRules(`${pattern} @acme/x`), path) !== undefined).toBe(matches);
});

test("the last match decides, one without owners takes them away, and what GitHub skips is skipped", () => {
  const rules = ownerRules(
    "* @a\r\n/p/ @b # note\n# /p/ @c\n!/p/ @d\n/p/[ab] @e\n/p/ @f broken\n/p/open/\n/q @g\\x\n/r a@example.com\n",
  );
  expect(rules.map(({ line, pattern }) => [line, pattern])).toEqual([
    [1, "*"],
    [2, "/p/"],
    [7, "/p/open/"],
    [9, "/r"],
  ]);
  expect(ownersOf(rules, "p/x")?.owners).toEqual(["@b"]);
  expect(ownersOf(rules, "p/open/x")).toBeUndefined();
  expect(ownersOf(rules, "z")?.owners).toEqual(["@a"]);
});

const gap = (text: string, target = "policies/"): string | undefined =>
  gapIn(ownerRules(text), target, ["a.yaml", "b/c.yaml"]);

test("a folder is covered only whole", () => {
  expect(gap("/policies/ @a")).toBeUndefined();
  expect(gap("policies @a")).toBeUndefined();
  expect(gap("/policies/* @a")).toContain("b/c.yaml");
  expect(gap("/policies/a.yaml @a")).toContain("b/c.yaml");
  expect(gap("/policies/ @a\n/policies/draft/")).toContain("line 2");
  expect(gap("/policies/ @a\ndraft")).toContain("line 2");
  expect(gap("/policies/ @a\n*.md")).toContain("takes owners away");
  expect(gap("/policies/draft/\n/policies/ @a")).toBeUndefined();
  expect(gap("/policies/ @a\n/docs/")).toBeUndefined();
  expect(gap("/policies/ @a\n/pol*")).toBeDefined();
  expect(gap("* @a\n/docs", "evenkeel.yaml")).toBeUndefined();
  expect(gap("* @a\n*.yaml", "evenkeel.yaml")).toContain("evenkeel.yaml");
});

const check = (text: string, change = {}) =>
  codeOwnersCheck({ ...settings({ codeOwners: known({ path: ".github/CODEOWNERS", text }) }), ...change });

test("everything that decides what is changed in AWS must be covered, the file itself too", () => {
  expect(check(OWNERS).status).toBe("ok");
  const narrow = OWNERS.replace("* @acme/all\n", "");
  expect(check(narrow).found).toMatch(/remediations\/.*resources\//);
  expect(check(`${narrow}/remediations/ @a\n/resources/ @a\n`).status).toBe("ok");
  for (const name of ["policies", "exceptions", "plans", ".github"]) {
    const found = check(`${OWNERS}/${name}/\n`);
    expect([name, found.status, found.found.includes(`${name}/`)]).toEqual([name, "wrong", true]);
  }
  expect(check(`${OWNERS}/evenkeel.yaml\n`).found).toContain("evenkeel.yaml");
  const outside = settings({
    codeOwners: known({
      path: "docs/CODEOWNERS",
      text: OWNERS.replace("* @acme/all", "/resources/ @a\n/remediations/ @a"),
    }),
  });
  expect(codeOwnersCheck(outside).found).toContain("docs/CODEOWNERS (nobody owns");
});

test("the configuration's folder and the plans' place are those of this repository", () => {
  const moved = { folder: "aws/", configFile: "aws/evenkeel.yaml", planPath: "./out/plans/" };
  const text = "/aws/ @a\n/out/ @a\n/.github/ @a\n";
  expect(check(text, moved).status).toBe("ok");
  expect(check(text).status).toBe("wrong");
  expect(check("/aws/ @a\n/.github/ @a\n", moved).found).toContain("out/plans/");
  expect(codeOwnersCheck(FACTS).status).toBe("ok");
});
