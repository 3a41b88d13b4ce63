import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readCatalogueFiles, readExceptionFiles } from "../../src/catalogue/files.ts";
import { edit, POLICY, TEXTS, TYPE } from "../support/catalogue-texts.ts";
import { exceptionsOf, FILE } from "../support/exceptions.ts";

const ONE = `policy: x_thing_blocked
match: { resource: logs }
reason: the vendor's bucket, replaced in spring
owner: team-a
ticket: SEC-12
expires: 2026-03-01
`;
const TWO = `- id: first
  policy: x_thing_blocked
  match: { account: "111111111111", tag: { stage: old } }
  reason: the vendor's bucket, replaced in spring
  owner: team-a
  expires: 2026-03-01
- id: second
  policy: x_thing_blocked
  match: { resource: "arn:aws:s3:::logs" }
  reason: the vendor's bucket, replaced in spring
  owner: team-b
  expires: 2025-01-01
`;

test("a file holds one exception or a list; each knows its line, and an expired one is no problem", () => {
  const one = exceptionsOf(ONE);
  expect(one.lines).toEqual([]);
  expect(one.exceptions).toEqual([
    {
      policy: "x_thing_blocked",
      match: { resource: "logs" },
      reason: "the vendor's bucket, replaced in spring",
      owner: "team-a",
      ticket: "SEC-12",
      expires: "2026-03-01",
      file: FILE,
      line: 1,
    },
  ]);
  const two = exceptionsOf(TWO);
  expect(two.lines).toEqual([]);
  expect(two.exceptions.map(({ id, line }) => [id, line])).toEqual([
    ["first", 2],
    ["second", 8],
  ]);
  expect(exceptionsOf("[]\n")).toEqual({ exceptions: [], problems: [], lines: [] });
});

const MATCH = '{ account: "111111111111", tag: { stage: old } }';

test.each<[string, string, string, string]>([
  ["no reason", "  reason: the vendor's bucket, replaced in spring\n", "", "1:3: `0` lacks `reason`"],
  ["an empty reason", "the vendor's bucket, replaced in spring", '"            "', "4:11: `0.reason` is"],
  ["an account as a number", '"111111111111"', "111111111111", "3:21: `0.match.account` is the number"],
  ["a pattern for an account", '"111111111111"', '"1*"', "3:21: `0.match.account` is"],
  ["a wrong date", "2026-03-01", "1 March", '6:12: `0.expires` is "1 March"'],
  ["a day that is none", "2026-03-01", "2026-02-30", "6:12: 2026-02-30 is no date"],
  ["nothing but a region", MATCH, "{ region: eu-west-1 }", "3:3: `0.match`: expected one of resource, tag, account"],
  ["everything", MATCH, "{}", "3:3: `0.match`: expected one of resource, tag, account"],
  ["no tags", "tag: { stage: old }", "tag: {}", "3:42: `0.match.tag`"],
  ["a pattern in a tag", "stage: old", 'stage: "o*"', "3:51: matching is exact: `*` stands for nothing but itself"],
  [
    "an unknown policy",
    "policy: x_thing_blocked",
    "policy: x_thing_blokced",
    "2:11: unknown policy `x_thing_blokced` (did you mean x_thing_blocked?)",
  ],
])("%s is a problem with its place", (_, from, to, expected) => {
  expect(TWO).toContain(from);
  const { lines } = exceptionsOf(TWO.replace(from, () => to));
  expect(lines).toEqual([expect.stringContaining(`${FILE}:${expected}`)]);
});

test("all problems of a file are told at once", () => {
  expect(exceptionsOf(TWO.replace("owner: team-a", "ownr: team-a").replace("2025-01-01", "soon")).lines).toEqual([
    `${FILE}:1:3: \`0\` lacks \`owner\``,
    expect.stringMatching(/:5:3: unknown key `ownr` in `0`;.*did you mean owner\?/),
    expect.stringContaining(`${FILE}:12:12: \`1.expires\``),
  ]);
});

test("a pattern for a resource is refused, so that nobody believes in it", () => {
  expect(exceptionsOf(ONE.replace("logs", '"logs-*"')).lines).toEqual([
    `${FILE}:2:20: matching is exact: \`*\` stands for nothing but itself`,
  ]);
});

test("at most 180 days ahead, 90 for a critical policy; the last day is told", () => {
  const until = (date: string, texts = TEXTS) => exceptionsOf(ONE.replace("2026-03-01", date), { texts }).lines;
  expect(until("2026-06-30")).toEqual([]);
  expect(until("2026-07-01")).toEqual([
    `${FILE}:6:10: an exception may hold for 180 days, today to 2026-06-30; this is 181 days ahead`,
  ]);
  const critical = edit(POLICY, "severity: high", "severity: critical");
  expect(until("2026-04-01", critical)).toEqual([]);
  expect(until("2026-04-02", critical)).toEqual([
    `${FILE}:6:10: an exception of a critical policy may hold for 90 days, today to 2026-04-01; this is 91 days ahead`,
  ]);
});

test("days are those of UTC, whatever the hour", () => {
  for (const now of ["2026-01-01T00:00:00.000Z", "2026-01-01T23:59:59.999Z"]) {
    expect(exceptionsOf(ONE.replace("2026-03-01", "2026-06-30"), { now }).lines).toEqual([]);
    expect(exceptionsOf(ONE.replace("2026-03-01", "2026-07-01"), { now }).lines).toHaveLength(1);
  }
});

test("an account must be configured, an ID stands once, tags need a type that has them", () => {
  const accounts = ["222222222222", "111111111112"];
  expect(exceptionsOf(TWO, { accounts }).lines).toEqual(
    [`${FILE}:3:21: account 111111111111 is not configured (did you mean 111111111112?)`].map((line) =>
      line.replace(":3:", ":3:"),
    ),
  );
  expect(exceptionsOf(TWO.replace("second", "first")).lines).toEqual([
    `${FILE}:7:7: \`first\` is the ID of ${FILE}:2 already`,
  ]);
  const untagged = edit(TYPE, "tags:\n", "x-tags:\n");
  const bare = { ...TEXTS, [TYPE]: (untagged[TYPE] ?? "").replace(/x-tags:[\s\S]*?(?=account_fields)/, "") };
  const noRefusal = edit(
    "remediations/block.yaml",
    `refuse:\n  - when: '"keep" in resource.Tags'\n    because: It is to be kept.\n`,
    "",
    bare,
  );
  expect(exceptionsOf(TWO, { texts: noRefusal }).lines).toEqual([
    `${FILE}:3:37: \`x.thing\` has no tags; name the resource`,
  ]);
});

test("a policy that is itself wrong is no second problem", () => {
  expect(exceptionsOf(ONE, { texts: edit(POLICY, "resource.Block.BlockPublicAcls", "resource.Blok") }).lines).toEqual(
    [],
  );
});

test("what is no YAML is one problem, and the other files count", () => {
  expect(exceptionsOf("policy: [").lines).toHaveLength(1);
  expect(exceptionsOf("").lines).toEqual([expect.stringContaining(`${FILE}:1:1:`)]);
  expect(exceptionsOf("- []\n").lines).toEqual([expect.stringContaining(`${FILE}:1:3:`)]);
});

test("files are read from `exceptions/`, in order, and are no part of the catalogue", () => {
  const root = mkdtempSync(join(tmpdir(), "evenkeel-exceptions-"));
  try {
    mkdirSync(join(root, "exceptions", "team"), { recursive: true });
    writeFileSync(join(root, "exceptions", "b.yaml"), ONE);
    writeFileSync(join(root, "exceptions", "team", "a.yml"), ONE);
    writeFileSync(join(root, "exceptions", "notes.txt"), "no");
    expect(readExceptionFiles(root, "prod").map(({ file }) => file)).toEqual([
      "prod/exceptions/b.yaml",
      "prod/exceptions/team/a.yml",
    ]);
    expect(readCatalogueFiles(root, "", false)).toEqual([]);
    expect(readExceptionFiles(join(root, "nowhere"), "")).toEqual([]);
  } finally {
    rmSync(root, { recursive: true });
  }
});
