import { expect, test } from "vitest";
import { FakeAws, refused } from "../support/catalogue-aws.ts";
import { edit, POLICY, TYPE } from "../support/catalogue-texts.ts";
import { scanned, uses, withPolicies } from "../support/catalogue-world.ts";

const OPEN = { BlockPublicAcls: false, BlockPublicPolicy: false };
const CLOSED = { BlockPublicAcls: true, BlockPublicPolicy: true };

/** Denies calls of an operation, for these buckets or for all. */
function deny(aws: FakeAws, operation: string, buckets?: readonly string[]): void {
  aws.spoil = (request) => {
    const concerned = buckets === undefined || buckets.includes(String(request.input["Bucket"]));
    if (request.operation === operation && concerned) throw refused("denied", "AccessDenied", request);
  };
}

test("what one resource does not let us read is unknown; others go on; one gap counts them and says what would mend it", async () => {
  const texts = withPolicies({ x_second_check: "check: resource.Block.BlockPublicPolicy" });
  const aws = new FakeAws(["a", "b", "c", "d"].map((Name) => ({ Name, Block: CLOSED })));
  deny(aws, "GetPublicAccessBlock", ["b", "d"]);
  const entries = uses("x_thing_blocked", "x_second_check");
  const { findings, coverage, failing } = await scanned({ aws, texts, entries });
  const own = findings.filter(({ policy }) => policy === "x_thing_blocked");
  expect(own.map(({ status }) => status)).toEqual(["pass", "unknown", "pass", "unknown"]);
  expect(own[1]?.reason).toBe("`resource.Block` could not be read: s3:GetPublicAccessBlock was denied (AccessDenied)");
  expect(own[1]?.attributes).toEqual({});
  // Two policies missed the same two resources: two are hidden, not four.
  expect(coverage.gaps).toEqual([
    {
      account: "111111111111",
      region: "global",
      type: "x.thing",
      operation: "s3:GetPublicAccessBlock",
      code: "AccessDenied",
      message: "s3:GetPublicAccessBlock was denied (AccessDenied)",
      remedy: "allow s3:GetBucketPublicAccessBlock in the read role",
      resources: 2,
      policies: ["x_second_check", "x_thing_blocked"],
    },
  ]);
  expect(coverage.complete).toBe(false);
  expect(failing).toEqual([]);
});

test.each([
  ["resource.Policies.size() > 0", "ListPolicies", "iam:ListPolicies", "iam:ListPolicies"],
  [
    "resource.AccountBlock.BlockPublicAcls",
    "GetPublicAccessBlock",
    "s3control:GetPublicAccessBlock",
    "s3:GetAccountPublicAccessBlock",
  ],
])("a gap behind %s names the shared call and its right", async (check, operation, call, right) => {
  const aws = new FakeAws([{ Name: "a" }, { Name: "b" }]);
  deny(aws, operation);
  const texts = withPolicies({ x_one_check: `check: ${check}` });
  const { coverage } = await scanned({ aws, texts, entries: uses("x_one_check") });
  expect(coverage.gaps).toMatchObject([{ operation: call, remedy: `allow ${right} in the read role`, resources: 2 }]);
  expect(aws.counts.get(call)).toBe(1);
});

test("what cannot be read is absorbed where something else decides, and is no gap then", async () => {
  const texts = withPolicies({
    x_or_check: "check: resource.Versioning == 'Enabled' || resource.Name == 'a'",
    x_or_later: "check: resource.Versioning == 'Enabled' || resource.Policies.size() == 0",
    x_and_check: "check: resource.Versioning == 'Enabled' && resource.Name == 'b'",
  });
  const aws = new FakeAws([{ Name: "a" }]);
  deny(aws, "GetBucketVersioning");
  const { findings, coverage } = await scanned({
    aws,
    texts,
    entries: uses("x_or_check", "x_or_later", "x_and_check"),
  });
  expect(findings.map(({ policy, status }) => [policy, status])).toEqual([
    ["x_and_check", "fail"],
    ["x_or_check", "pass"],
    ["x_or_later", "pass"],
  ]);
  expect(coverage.complete).toBe(true);
});

test("what AWS names `absent` is not set; any other error of the same call is unknown", async () => {
  const texts = withPolicies({ x_one_check: "check: '!has(resource.Policy)'" });
  const aws = new FakeAws([{ Name: "a" }, { Name: "b", Policy: "{}" }, { Name: "c" }]);
  aws.spoil = (request) => {
    if (request.operation === "GetBucketPolicy" && request.input["Bucket"] === "c")
      throw refused("not_found", "NoSuchBucket", request);
  };
  const { findings } = await scanned({ aws, texts, entries: uses("x_one_check") });
  expect(findings.map(({ status }) => status)).toEqual(["pass", "fail", "unknown"]);
});

test("an expression that goes wrong is unknown, with the field's name, and a gap", async () => {
  const texts = withPolicies({ x_one_check: "check: resource.Region == 'eu-west-1'" });
  const { findings, coverage } = await scanned({
    aws: new FakeAws([{ Name: "a" }]),
    texts,
    entries: uses("x_one_check"),
  });
  expect(findings[0]).toMatchObject({ status: "unknown", reason: expect.stringContaining("Region") });
  expect(coverage.gaps).toMatchObject([{ code: "ExpressionError", operation: "", remedy: undefined, resources: 1 }]);
});

test("a resource whose ID cannot be told is a gap of its list, not a guess", async () => {
  const texts = edit(TYPE, "id: item.Name\n", "id: item.BucketRegion\n");
  const { coverage } = await scanned({ aws: new FakeAws([{ Name: "a" }]), texts });
  expect(coverage.gaps).toMatchObject([
    { code: "CatalogueDataError", message: expect.stringContaining("x.thing: id:") },
  ]);
});

test("a reason tells what the verdict read, and not what another policy happened to read beside it", async () => {
  const reason = `reason: 'resource.Name + " is " + resource.?Versioning.orValue("?")'`;
  const alone = withPolicies({ x_one_check: `check: resource.Block.BlockPublicAcls\n${reason}` });
  const beside = withPolicies({ a_first_check: "check: resource.Versioning == 'Enabled'" }, alone);
  const words = async (texts: typeof alone, ...ids: readonly string[]) => {
    const { findings } = await scanned({
      aws: new FakeAws([{ Name: "a", Block: OPEN }]),
      texts,
      entries: uses(...ids),
    });
    return findings.find(({ policy }) => policy === "x_one_check")?.reason;
  };
  const expected = await words(alone, "x_one_check");
  expect(expected).toBe("not so: x_one_check");
  expect(await words(beside, "a_first_check", "x_one_check")).toBe(expected);
  const read = edit("policies/x_one_check.yaml", "check: ", "check: resource.Versioning == '' || ", alone);
  expect(await words(read, "x_one_check")).toBe("a is Suspended");
});

test("secrets are a hash and a length in findings, whole fields and members that AWS marks alike", async () => {
  const texts = withPolicies({ x_one_check: "check: resource.Secret == 'x'" });
  const { findings } = await scanned({
    aws: new FakeAws([{ Name: "a", Location: "hidden-words" }]),
    texts,
    entries: uses("x_one_check"),
  });
  expect(findings[0]?.attributes["Secret"]).toEqual({ sha256: expect.stringMatching(/^[0-9a-f]{64}$/), length: 14 });
  expect(JSON.stringify(findings)).not.toContain("hidden-words");
});

test("the ID of a finding depends on policy, account, region, type, ID and identity, and on nothing else", async () => {
  const id = async (bucket: { Name: string; CreationDate?: string }, texts = withPolicies({})) =>
    (await scanned({ aws: new FakeAws([bucket]), texts })).findings[0]?.id;
  const first = await id({ Name: "a" });
  expect(await id({ Name: "a" }, edit(POLICY, "severity: high", "severity: low"))).toBe(first);
  expect(await id({ Name: "b" })).not.toBe(first);
  expect(await id({ Name: "a", CreationDate: "2025-01-01T00:00:00.000Z" })).not.toBe(first);
});
