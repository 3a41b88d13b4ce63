import { expect, test } from "vitest";
import { ACCOUNT_TYPE, at, edit, load, POLICY, problemsOf, TEXTS, TYPE } from "../support/catalogue-texts.ts";

/** The types alone, so that a broken one is the only problem. */
const TYPES = { [ACCOUNT_TYPE]: TEXTS[ACCOUNT_TYPE] ?? "", [TYPE]: TEXTS[TYPE] ?? "" };

/** What one edit of the type makes of it: every problem, with `@` for the place of the edited text's marked part. */
function after(from: string, to: string, marked: string): string[] {
  const texts = edit(TYPE, from, to, TYPES);
  const place = at(texts, TYPE, marked);
  return problemsOf(texts).map((line) => line.replace(`${place}: `, "@ "));
}

test.each([
  ["s3:PutBucketPolicy", "AWS does not class it as List or Read, and this place may only look"],
  ["ec2:TerminateInstances", "AWS does not class it as List or Read, and this place may only look"],
  ["s3:GetObject", "it hands out"],
  ["secretsmanager:GetSecretValue", "it hands out"],
  ["ssm:GetParameter", "it hands out"],
  ["kms:Decrypt", "is refused"],
  ["lambda:GetFunction", "it hands out"],
])("a type may not name %s, wherever it names a call", (call, why) => {
  const places: readonly (readonly [string, string])[] = [
    ["call: s3:ListBuckets\n", `call: ${call}\n`],
    ["call: s3:GetBucketPolicy\n", `call: ${call}\n`],
    ["call: iam:ListPolicies\n", `call: ${call}\n`],
    ["call: s3:GetBucketTagging\n", `call: ${call}\n`],
    ["list:\n", `list:\n  parents: { call: ${call}, items: "[1]" }\n`],
    ["lists:\n", `get: { call: ${call}, items: "[1]" }\nlists:\n`],
  ];
  for (const [from, to] of places) {
    const found = after(from, to, call);
    expect(found[0], to).toContain(`@ \`${call}\` is refused: `);
    expect(found[0], to).toContain(why);
    expect(load(edit(TYPE, from, to, TYPES)).catalogue.types.has("x.thing")).toBe(false);
  }
});

test.each([
  [
    "call: s3:GetBucketPolicy\n",
    "call: s3:GetBucketPolcy\n",
    "s3:GetBucketPolcy",
    "AWS's s3 has no operation `GetBucketPolcy` (did you mean GetBucketPolicy?)",
  ],
  ["call: s3:GetBucketPolicy\n", "call: s4:GetBucketPolicy\n", "s4:", "unknown service `s4`; expected "],
  [
    'MfaDelete:\n    call: s3:GetBucketVersioning\n    with: { Bucket: "${id}" }',
    'MfaDelete:\n    call: s3:GetBucketVersioning\n    with: { Bukcet: "${id}", Bucket: x }',
    "Bukcet",
    "has no member Bukcet (did you mean Bucket?)",
  ],
  [
    'MfaDelete:\n    call: s3:GetBucketVersioning\n    with: { Bucket: "${id}" }',
    "MfaDelete:\n    call: s3:GetBucketVersioning\n    with: {} # here",
    "{} # here",
    "s3.GetBucketVersioningRequest needs Bucket",
  ],
  [
    'MfaDelete:\n    call: s3:GetBucketVersioning\n    with: { Bucket: "${id}" }',
    "MfaDelete:\n    call: s3:GetBucketVersioning\n    with: { Bucket: 7 }",
    "7 }",
    "expected text, found a number",
  ],
  [
    'MfaDelete:\n    call: s3:GetBucketVersioning\n    with: { Bucket: "${id}" }',
    'MfaDelete:\n    call: s3:GetBucketVersioning\n    with: { Bucket: "${account.labels}" }',
    "account.labels",
    "string",
  ],
  [
    "value: output.MFADelete",
    "value: output.MfaDelete",
    "MfaDelete\n  Policy",
    "has no member MfaDelete (did you mean MFADelete?)",
  ],
  ["id: item.Name\n", "id: item.Nmae\n", "Nmae", "has no member Nmae (did you mean Name?)"],
  ["id: item.Name\n", "id: item.CreationDate\n", "item.CreationDate\narn", "expected text, found timestamp"],
  ["identity: item.CreationDate", "identity: item", "item\nfields", "expected string or timestamp, found s3.Bucket"],
  ["items: output.Buckets", "items: output.Owner", "output.Owner", "expected a list, found s3.Owner"],
  ["key: item.PolicyName", "key: item.PolicyNmae", "PolicyNmae", "has no member PolicyNmae (did you mean PolicyName?)"],
  ["from: policies", "from: polices", "polices", "no list `polices` (did you mean policies?)"],
  ["type: x.account", "type: x.acount", "x.acount", "unknown resource type `x.acount` (did you mean x.account?)"],
  ["field: Block }", "field: Blokc }", "Blokc", "`x.account` has no field `Blokc` (did you mean Block?)"],
  [
    "from: policies, value: found",
    "from: policies, call: s3:GetBucketAcl, value: found",
    "from: policies",
    "a field has a `call` or a `from`, not both",
  ],
  [
    "from: policies, value: found",
    "from: policies, absent: [X], value: found",
    "absent: [X]",
    "`absent` has no effect without `call`",
  ],
  [
    "Region: { value: item.BucketRegion }",
    "Region: { value: item.BucketRegion, with: {} }",
    "with: {}",
    "`with` has no effect without `call`",
  ],
  [
    "Region: { value: item.BucketRegion }",
    "Region: { value: item.CreationDate, decode: json }",
    "decode: json }",
    "only text can be decoded, found timestamp",
  ],
  [
    "value: tagMap(output.TagSet)",
    "value: output.TagSet",
    "output.TagSet",
    "expected map<string, string> (`tagMap` makes one), found list<s3.Tag>",
  ],
  [
    "call: s3:GetBucketPolicy\n",
    "call: s3:GetBucketPolicy\n    iam: [s3:GetBuketPolicy]\n",
    "s3:GetBuketPolicy",
    "IAM has no action `s3:GetBuketPolicy` (did you mean s3:GetBucketPolicy?)",
  ],
  [
    "Name: { value: item.Name }",
    "Name: { value: item.Name }\n  Tags: { value: item.Name }",
    "Tags: {",
    "`Tags` is the field that `tags` gives",
  ],
  ["AccountBlock: {", "Name: {", "Name: { type", "the type has a field `Name` of its own"],
])("%#: an edit that breaks a rule is told at its place: %s", (from, to, marked, message) => {
  const found = after(from, to, marked);
  expect(found, found.join("\n")).toEqual([expect.stringContaining(`@ `)]);
  expect(found[0]).toContain(message);
});

test("`get` gives what `list` gives, and has no effect where nothing is listed", () => {
  const own = 'get: { call: s3:GetBucketAcl, with: { Bucket: "${id}" }, items: output.Grants }\nlists:\n';
  expect(after("lists:\n", own, "output.Grants")).toEqual(["@ `get` gives s3.Grant, but `list` gives s3.Bucket"]);
  const texts = edit(ACCOUNT_TYPE, "fields:", "get: { call: s3:ListBuckets, items: output.Buckets }\nfields:", TYPES);
  expect(problemsOf(texts)).toEqual([
    `${at(texts, ACCOUNT_TYPE, "get:")}: \`get\` has no effect without \`list\`: each account has exactly one`,
  ]);
});

test("a broken list is one problem, not one for everything that speaks of its items", () => {
  const found = after("items: output.Buckets", "items: output.Bukcets", "Bukcets");
  expect(found).toEqual([expect.stringContaining("@ s3.ListBucketsOutput has no member Bukcets")]);
});

test("only what each account has one of can be joined", () => {
  const listed = edit(ACCOUNT_TYPE, "fields:", "list: { call: s3:ListBuckets, items: output.Buckets }\nfields:", TYPES);
  expect(problemsOf(listed)).toEqual([expect.stringContaining("an account has more than one `x.account`")]);
  const regional = edit(ACCOUNT_TYPE, "scope: global", "scope: region", TYPES);
  expect(problemsOf(regional)).toEqual([expect.stringContaining("an account has more than one `x.account`")]);
});

test("`parent` is there where a list has parents, with its own type", () => {
  const nested = edit(
    TYPE,
    "list:\n  call: s3:ListBuckets\n  items: output.Buckets",
    'list:\n  parents: { call: iam:ListUsers, items: output.Users }\n  call: iam:ListAccessKeys\n  with: { UserName: "${parent.UserName}" }\n  items: output.AccessKeyMetadata',
    edit(
      TYPE,
      "id: item.Name\n",
      "id: parent.UserName\n",
      edit(TYPE, "identity: item.CreationDate", "identity: item.AccessKeyId", TYPES),
    ),
  );
  const lines = problemsOf(nested);
  expect(lines.every((line) => line.includes("iam.AccessKeyMetadata has no member"))).toBe(true);
  expect(problemsOf(edit(TYPE, "${parent.UserName}", "${parent.UserNam}", nested))).toEqual(
    expect.arrayContaining([expect.stringContaining("iam.User has no member UserNam (did you mean UserName?)")]),
  );
});

test("fields have the types of AWS's model in policies", () => {
  const shape = load(TYPES).catalogue.types.get("x.thing")?.shape;
  const kinds = Object.fromEntries([...(shape?.members ?? [])].map(([name, { shape: of }]) => [name, of.kind]));
  expect(kinds).toEqual({
    Name: "string",
    Region: "string",
    Block: "structure",
    Versioning: "string",
    MfaDelete: "string",
    Policy: "document",
    Secret: "string",
    Policies: "list",
    Tags: "map",
    AccountBlock: "structure",
  });
  expect(shape?.members.get("Secret")?.sensitive).toBe(true);
  const compared = edit(POLICY, "params.wanted\nparams", "resource.Versioning\nparams");
  expect(problemsOf(compared)).toEqual([expect.stringContaining(`${POLICY}:`)]);
});
