import { expect, test } from "vitest";
import { at, edit, load, POLICY, problemsOf, REMEDIATION, TEXTS, TYPE } from "../support/catalogue-texts.ts";

/** Types and the remediation alone. */
const { [POLICY]: _p, "policies/packs/some.yaml": _k, ...ALONE } = TEXTS;

/** Every problem after one edit; `@` for the place of the marked text. */
function after(from: string, to: string, marked: string, base = ALONE): string[] {
  const texts = edit(REMEDIATION, from, to, base);
  return problemsOf(texts).map((line) => line.replace(`${at(texts, REMEDIATION, marked)}: `, "@ "));
}

const STEP = "steps:\n  - call: s3:PutPublicAccessBlock\n";
const STEPS = (more: string) => `steps:\n${more}  - call: s3:PutPublicAccessBlock\n`;

test.each([
  ["resource: x.thing", "resource: x.thnig", "x.thnig", "unknown resource type `x.thnig` (did you mean x.thing?)"],
  ["  Block: |", "  Blokc: |", "Blokc:", "`x.thing` has no field `Blokc` of its own (did you mean Block?)"],
  ["  Block: |", "  AccountBlock: |", "AccountBlock:", "`x.thing` has no field `AccountBlock` of its own"],
  ['"BlockPublicAcls": true,', '"BlockPublicAlcs": true,', '"BlockPublicAlcs"', "BlockPublicAlcs"],
  ['"BlockPublicAcls": true,', '"BlockPublicAcls": "yes",', '"yes"', "expected"],
  [
    "params.BlockPublicPolicy\n",
    "params.BlockPublicPolcy\n",
    "BlockPublicPolcy",
    "has no member BlockPublicPolcy (did you mean BlockPublicPolicy?)",
  ],
  ['"keep" in resource.Tags', '"keep" in resource.Tgas', "Tgas", "has no member Tgas (did you mean Tags?)"],
  ["'\"keep\" in resource.Tags'", "resource.Name", "resource.Name", "expected"],
  ['when: "!has(before.Block)"', 'when: "!has(before.Blokc)"', "Blokc", "has no member Blokc (did you mean Block?)"],
  ["${after.Block}", "${after.Blokc}", "Blokc", "(did you mean Block?)"],
  ["${after.Block}", "${steps.none.X}", "none.X", "none"],
  ["changes:", "deletes: true\nchanges:", "deletes:", "a remediation has `changes` or `deletes`, not both"],
  [
    STEP,
    STEPS('  - { call: s3:GetBucketAcl, with: { Bucket: "${id}" }, limit: 5m }\n'),
    "limit: 5m",
    "`limit` has no effect without `until`",
  ],
  [
    STEP,
    STEPS('  - { call: s3:GetBucketAcl, with: { Bucket: "${id}" }, already: [Done] }\n'),
    "already:",
    "`already` has no effect: `s3:GetBucketAcl` only reads",
  ],
  [
    STEP,
    STEPS('  - { call: s3:GetBucketAcl, with: { Bucket: "${id}" }, until: output.Grants }\n'),
    "output.Grants",
    "expected",
  ],
  [
    STEP,
    `${STEP}    until: "true"\n`,
    "until:",
    "`until` makes the call again and again, and `s3:PutPublicAccessBlock` does not only read",
  ],
  [STEP, `${STEP}    failure: { when: "output.X", because: "'a'" }\n`, 'X"', "has no member X"],
  [
    STEP,
    `${STEP}    reuse: { call: s3:PutBucketPolicy, items: "[1]" }\n`,
    "s3:PutBucketPolicy",
    "`s3:PutBucketPolicy` is refused: AWS does not class it as List or Read",
  ],
  [
    STEP,
    `${STEP}    reuse: { call: s3:GetObject, items: "[1]" }\n`,
    "s3:GetObject",
    "`s3:GetObject` is refused: it hands out",
  ],
  [
    STEP,
    `${STEP}    reuse: { call: s3:ListBuckets, items: "output.Buckets.map(b, b.Name)" }\n`,
    '"output.Buckets',
    "expected a list of structures, found list<string>",
  ],
  [STEP, `${STEP}    each: resource.Name\n`, "resource.Name", "expected a list, found string"],
  [STEP, `${STEP}    when: steps.made.X\n`, "steps.made", "steps"],
  [
    STEP,
    STEPS('  - { call: secretsmanager:GetSecretValue, with: { SecretId: "${id}" } }\n'),
    "secretsmanager:",
    "it hands out",
  ],
  [
    "BlockPublicPolicy: { type: boolean, default: true }",
    "BlockPublicPolicy: { type: boolean, default: 7 }",
    "7 }",
    "parameter `BlockPublicPolicy` is 7; expected boolean",
  ],
])("%#: an edit that breaks a rule is told at its place: %s", (from, to, marked, message) => {
  const found = after(from, to, marked);
  expect(found, found.join("\n")).toEqual([expect.stringContaining("@ ")]);
  expect(found[0]).toContain(message);
});

test("steps that only read change nothing, and two steps cannot share a name", () => {
  const reads = edit(
    REMEDIATION,
    'call: s3:PutPublicAccessBlock\n    with: { Bucket: "${id}", PublicAccessBlockConfiguration: "${after.Block}" }',
    'call: s3:GetBucketAcl\n    with: { Bucket: "${id}" }',
    ALONE,
  );
  expect(problemsOf(reads)).toEqual([
    `${at(reads, REMEDIATION, "steps:")}: no step changes anything: every call only reads`,
  ]);
  const named = '  - { name: one, call: s3:GetBucketAcl, with: { Bucket: "${id}" } }\n';
  const twice = edit(REMEDIATION, STEP, STEPS(named + named.replace("GetBucketAcl", "GetBucketLocation")), ALONE);
  expect(problemsOf(twice)).toEqual([expect.stringContaining("two steps are named `one`")]);
});

test("an irreversible remediation says all in one place", () => {
  const text = (ALONE[REMEDIATION] ?? "").split("undo:")[0] ?? "";
  const alone = { ...ALONE, [REMEDIATION]: `${text}irreversible: It is gone.\n` };
  expect(problemsOf(alone)).toEqual([]);
  const noted = { ...ALONE, [REMEDIATION]: `${text}irreversible: It is gone.\nundo_note: Really.\n` };
  expect(problemsOf(noted)).toEqual([
    `${at(noted, REMEDIATION, "undo_note:")}: \`undo_note\` is said beside an \`undo\`; here \`irreversible\` says it all`,
  ]);
});

test("what may hold a secret is not read by a remediation, be it a field or a member that AWS marks", () => {
  const message = (name: string) =>
    `@ \`resource.${name}\` may hold something secret, and what a remediation reads is shown in plans`;
  expect(after('"keep" in resource.Tags', 'resource.Secret == "eu-west-1"', "x.thing")).toEqual([message("Secret")]);
  expect(after('Bucket: "${id}", PublicAccess', 'Bucket: "${before.Secret}", PublicAccess', "x.thing")).toEqual([
    message("Secret"),
  ]);
  const tasks = edit(
    TYPE,
    "  Policies: {",
    '  Builds:\n    call: lambda:GetFunctionConfiguration\n    with: { FunctionName: "${id}" }\n    value: output.Environment\n  Policies: {',
    ALONE,
  );
  expect(problemsOf(tasks)).toEqual([]);
  const bucket = "Bucket: \"${before.Builds.Variables['a']}\", PublicAccess";
  expect(after('Bucket: "${id}", PublicAccess', bucket, "x.thing", tasks)).toEqual([message("Builds.Variables")]);
});

test("a value that an earlier step supplies stands alone: nothing else may stand in the same ${…}", () => {
  const named = '  - { name: one, call: s3:GetBucketAcl, with: { Bucket: "${id}" } }\n';
  const good = edit(
    REMEDIATION,
    'Bucket: "${id}", PublicAccess',
    'Bucket: "${steps.one.Owner.ID}", PublicAccess',
    edit(REMEDIATION, STEP, STEPS(named), ALONE),
  );
  expect(problemsOf(good)).toEqual([]);
  for (const mixed of [
    "${steps.one.Owner.ID + id}",
    "x-${steps.one.Owner.ID}-${id}",
    "${steps.one.Owner.ID + resource.Name}",
  ]) {
    const texts = edit(REMEDIATION, "${steps.one.Owner.ID}", mixed, good);
    expect(problemsOf(texts), mixed).toHaveLength(1);
  }
});

test("a remediation knows which fields it reads or changes, steps and undo included", () => {
  const compiled = load(ALONE).catalogue.remediations.get("x.block-thing");
  expect(compiled?.fields).toEqual(["Block", "Tags"]);
  const more = edit(
    REMEDIATION,
    'when: "!has(before.Block)"',
    "when: \"!has(before.Block) && before.Name != ''\"",
    ALONE,
  );
  expect(load(more).catalogue.remediations.get("x.block-thing")?.fields).toEqual(["Block", "Name", "Tags"]);
  const whole = edit(REMEDIATION, "'\"keep\" in resource.Tags'", "resource == resource", ALONE);
  expect(problemsOf(whole)[0]).toContain("`resource.Secret` may hold something secret");
});

test("the digest is that of the file", () => {
  const digest = (texts: typeof ALONE) => load(texts).catalogue.remediations.get("x.block-thing")?.digest;
  expect(digest(edit(REMEDIATION, "cost: none", "cost:   none # words", ALONE))).toBe(digest(ALONE));
  expect(digest(edit(REMEDIATION, "cost: none", "cost: some", ALONE))).not.toBe(digest(ALONE));
});
