import { expect, test } from "vitest";
import {
  ACCOUNT_TYPE,
  at,
  edit,
  load,
  PACK,
  POLICY,
  problemsOf,
  REMEDIATION,
  TEXTS,
  TYPE,
} from "../support/catalogue-texts.ts";

test("the small catalogue is right, and each kind is counted", () => {
  const { catalogue, problems, counts, brokenPolicies } = load(TEXTS);
  expect(problems).toEqual([]);
  expect(counts).toEqual({ resourceType: 2, remediation: 1, policy: 1, pack: 1 });
  expect(brokenPolicies).toEqual([]);
  expect(catalogue.packs.get("some")).toEqual({ title: "Some", policies: ["x_thing_blocked"] });
  expect(catalogue.policies.get("x_thing_blocked")?.location).toEqual({ file: POLICY, line: 1 });
});

test.each([ACCOUNT_TYPE, TYPE, REMEDIATION, POLICY, PACK])(
  "a misspelt key in %s is one problem, whoever names the file",
  (file) => {
    const texts = edit(file, "title:", "titel:");
    expect(problemsOf(texts).filter((line) => !line.includes("lacks `title`"))).toEqual([
      expect.stringContaining(`${at(texts, file, "titel:")}: unknown key \`titel\``),
    ]);
  },
);

test.each([ACCOUNT_TYPE, TYPE, REMEDIATION, POLICY, PACK])("%s that is no YAML is one problem", (file) => {
  expect(problemsOf(edit(file, "title: ", "title: [")).map((line) => line.split(":")[0])).toEqual([file]);
});

test("what is wrong by meaning in one file is no problem of those that name it", () => {
  const type = edit(TYPE, "value: output.Status", "value: output.Sttaus");
  expect(problemsOf(type)).toEqual([
    `${at(type, TYPE, "Sttaus")}: s3.GetBucketVersioningOutput has no member Sttaus (did you mean Status?)`,
  ]);
  const account = edit(ACCOUNT_TYPE, "identity: account.id", "identity: account.di");
  expect(problemsOf(account)).toHaveLength(1);
  expect(load(account).catalogue.types.size).toBe(0);
  const remediation = edit(REMEDIATION, "s3:DeletePublicAccessBlock", "s3:DeletePublicAccessBlok");
  expect(problemsOf(remediation)).toHaveLength(1);
  expect(load(remediation).brokenPolicies).toEqual(["x_thing_blocked"]);
});

test("all problems of all files are told at once, by file, line and column", () => {
  const texts = edit(
    PACK,
    "[x_thing_blocked]",
    "[x_thing_blocekd, x_thing_blocked]",
    edit(
      POLICY,
      "severity: high",
      "severity: hihg",
      edit(REMEDIATION, "s3:PutPublicAccessBlock\n    with: { Bucket", "s3:PutPublicAccessBlock\n    with: { Bukcet"),
    ),
  );
  const found = problemsOf(texts);
  expect(found.map((line) => line.split(":")[0])).toEqual([REMEDIATION, REMEDIATION, POLICY, PACK]);
  expect(found).toEqual(
    expect.arrayContaining([
      expect.stringContaining("(did you mean Bucket?)"),
      expect.stringContaining("needs Bucket"),
      expect.stringContaining("(did you mean high?)"),
      expect.stringContaining("unknown policy `x_thing_blocekd` (did you mean x_thing_blocked?)"),
    ]),
  );
  const twice = edit(POLICY, "title: Things are blocked", "title: 7", edit(POLICY, "params:\n", "pramas:\n"));
  const lines = problemsOf(twice).map((line) => Number(line.split(":")[1]));
  expect(lines).toEqual([2, 8]);
});

test.each([
  [TYPE, "resources/again.yaml", "type: x.thing", "x.thing"],
  [REMEDIATION, "remediations/again.yaml", "id: x.block-thing", "x.block-thing"],
  [POLICY, "policies/again.yaml", "id: x_thing_blocked", "x_thing_blocked"],
  [PACK, "policies/packs/zz.yaml", "pack: some", "some"],
])("an ID that %s has already is refused in %s", (first, second, line, id) => {
  const texts = { ...TEXTS, [second]: `# again\n${TEXTS[first]}` };
  const column = line.indexOf(": ") + 3;
  expect(problemsOf(texts)).toEqual([`${second}:2:${column}: \`${id}\` is defined in ${first} already`]);
});

test("the digest is that of what the files mean, not of how they are written, named or ordered", () => {
  const { digest } = load(TEXTS).catalogue;
  const reversed = Object.fromEntries(Object.entries(TEXTS).reverse());
  expect(load(reversed).catalogue.digest).toBe(digest);
  expect(load(edit(POLICY, "severity: high", "# words\nseverity:   'high'")).catalogue.digest).toBe(digest);
  expect(load(edit(POLICY, "severity: high", "severity: low")).catalogue.digest).not.toBe(digest);
});

test("types that join from each other are refused, and so is one that joins from itself", () => {
  const both = edit(ACCOUNT_TYPE, "fields:", "account_fields: { Other: { type: x.second, field: Own } }\nfields:", {
    [ACCOUNT_TYPE]: TEXTS[ACCOUNT_TYPE] ?? "",
    "resources/second.yaml": `type: x.second
title: Second
scope: global
id: account.id
arn: account.id
identity: account.id
fields: { Own: { value: account.id } }
account_fields: { Back: { type: x.account, field: Block } }
`,
  });
  expect(problemsOf(both)).toEqual([
    `${at(both, "resources/second.yaml", "x.account")}: \`x.account\` has fields of \`x.second\` itself: types cannot join from each other`,
  ]);
  const self = edit(ACCOUNT_TYPE, "fields:", "account_fields: { Mine: { type: x.account, field: Block } }\nfields:", {
    [ACCOUNT_TYPE]: TEXTS[ACCOUNT_TYPE] ?? "",
  });
  expect(problemsOf(self)).toEqual([expect.stringContaining("types cannot join from each other")]);
});
