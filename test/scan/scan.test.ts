import fc from "fast-check";
import { expect, test } from "vitest";
import { scan } from "../../src/scan/scan.ts";
import { FakeAws, refused } from "../support/catalogue-aws.ts";
import { edit, POLICY, TYPE } from "../support/catalogue-texts.ts";
import { planned, scanInput, scanned, uses, withPolicies } from "../support/catalogue-world.ts";

const OPEN = { BlockPublicAcls: false, BlockPublicPolicy: false };
const CLOSED = { BlockPublicAcls: true, BlockPublicPolicy: true };
const S3 = "s3:GetPublicAccessBlock";

function calls(aws: FakeAws): Record<string, number> {
  return Object.fromEntries([...aws.counts].sort());
}

test("pass, fail, and what is not set: each with the fields its verdict read, and only the calls it needs", async () => {
  const aws = new FakeAws([{ Name: "a", Block: CLOSED }, { Name: "b", Block: OPEN }, { Name: "c" }]);
  const { findings, coverage, failing } = await scan({ ...scanInput({ aws }), toPlan: false });
  expect(findings.map(({ resource, status, attributes }) => [resource.id, status, attributes])).toEqual([
    ["a", "pass", { Block: CLOSED }],
    ["b", "fail", { Block: OPEN }],
    ["c", "fail", {}],
  ]);
  expect(coverage).toEqual({
    accounts: { scanned: 1, total: 1 },
    regions: { scanned: 1, total: 1 },
    resources: 3,
    findings: { pass: 1, fail: 2, unknown: 0, out_of_scope: 0 },
    gaps: [],
    calls: { [S3]: 3, "s3:ListBuckets": 2 },
    complete: true,
  });
  expect(failing.map(({ finding }) => finding.resource.id)).toEqual(["b", "c"]);
  expect(findings[0]).toMatchObject({ region: "global", location: { file: POLICY, line: 1 }, severity: "high" });
  expect(findings[0]?.id).toMatch(/^[0-9a-f]{32}$/);
});

test("`when` over listed fields costs no call, and out of scope is no pass", async () => {
  const texts = edit(POLICY, "check: |", "when: resource.Name != 'b'\ncheck: |");
  const aws = new FakeAws([
    { Name: "a", Block: CLOSED },
    { Name: "b", Block: OPEN },
  ]);
  const { findings } = await scanned({ aws, texts });
  expect(findings.map(({ status }) => status)).toEqual(["pass", "out_of_scope"]);
  expect(aws.log).toEqual(["s3:ListBuckets", `${S3} a`]);
});

test.each([
  ["resource.Name == 'no' && resource.Versioning == 'Enabled'", []],
  ["resource.Name == 'a' || resource.Versioning == 'Enabled'", []],
  ["resource.Versioning == 'Enabled' && resource.Name == 'no'", []],
  ["resource.Name == 'a' && resource.Versioning == 'Suspended'", ["s3:GetBucketVersioning"]],
  ["resource.Versioning == 'Suspended' && !has(resource.MfaDelete)", ["s3:GetBucketVersioning"]],
  ["resource.Policies.size() == 0 || resource.Versioning == 'Enabled'", ["iam:ListPolicies"]],
  ["resource.Versioning == 'Enabled' || resource.Policies.size() == 0", ["iam:ListPolicies"]],
  ["has(resource.AccountBlock) && resource.Versioning == ''", ["s3control:GetPublicAccessBlock"]],
])("only what decides is read, and a share of a bulk call before a call of its own: %s", async (check, expected) => {
  const texts = withPolicies({ x_one_check: `check: "${check}"` });
  const aws = new FakeAws([{ Name: "a" }]);
  await scanned({ aws, texts, entries: uses("x_one_check") });
  expect(aws.log.filter((line) => line !== "s3:ListBuckets").map((line) => line.split(" ")[0])).toEqual(expected);
});

test("calls are shared: by fields and policies of a resource, by a unit's resources, by an account", async () => {
  const texts = withPolicies({
    x_first_check: "check: resource.Versioning == 'Enabled'",
    x_second_check: "check: has(resource.MfaDelete)",
    x_third_check: "check: resource.Policies.size() > 0",
    x_fourth_check: "check: resource.AccountBlock.BlockPublicAcls",
  });
  const aws = new FakeAws(["a", "b", "c", "d"].map((Name) => ({ Name })));
  aws.policies = [{ PolicyName: "a" }, { PolicyName: "a" }, { PolicyName: "c" }];
  const entries = uses("x_first_check", "x_second_check", "x_third_check", "x_fourth_check");
  const { findings } = await scanned({ aws, texts, entries });
  expect(calls(aws)).toEqual({
    "iam:ListPolicies": 2,
    "s3:GetBucketVersioning": 4,
    "s3:ListBuckets": 2,
    "s3control:GetPublicAccessBlock": 1,
  });
  const third = findings.filter(({ policy }) => policy === "x_third_check");
  expect(third.map(({ status }) => status)).toEqual(["pass", "fail", "pass", "fail"]);
});

test("a list that fails on its second page keeps the first page's findings and is a gap of unknown size", async () => {
  const aws = new FakeAws(["a", "b", "c"].map((Name) => ({ Name, Block: OPEN })));
  aws.spoil = async (request, count) => {
    if (request.operation === "ListBuckets" && count === 2) throw refused("throttled", "SlowDown", request);
    // What the first page gave is still under way when the second fails.
    if (request.operation !== "ListBuckets") await new Promise((resolve) => setTimeout(resolve, 5));
  };
  const { findings, coverage } = await scanned({ aws });
  expect(findings.map(({ resource }) => resource.id)).toEqual(["a", "b"]);
  expect(coverage.gaps).toMatchObject([{ operation: "s3:ListBuckets", code: "SlowDown", resources: undefined }]);
  expect(coverage).toMatchObject({ complete: false, regions: { scanned: 0, total: 1 }, resources: 2 });
});

test("an account that cannot be entered is a gap of its own; the others are scanned", async () => {
  const aws = new FakeAws([{ Name: "a", Block: CLOSED }]);
  aws.onEnter = (account) => {
    const request = { account, region: "us-east-1", service: "sts", operation: "AssumeRole", input: {} };
    if (account === "222222222222") throw refused("denied", "AccessDenied", request);
  };
  const { findings, coverage } = await scanned({ aws, entries: "  - use: x_thing_blocked\n" });
  expect(findings.map(({ account }) => account)).toEqual(["111111111111", "333333333333"]);
  expect(coverage.accounts).toEqual({ scanned: 2, total: 3 });
  expect(coverage.gaps).toMatchObject([
    { account: "222222222222", region: "*", type: "*", operation: "sts:AssumeRole", remedy: "allow sts:AssumeRole" },
  ]);
});

test("a mistake of our own is no gap: it stops the scan", async () => {
  const aws = new FakeAws([{ Name: "a" }]);
  aws.spoil = () => {
    throw new TypeError("ours");
  };
  await expect(scanned({ aws })).rejects.toThrow("ours");
});

test("a regional type is asked in every region that is configured, and findings differ by it", async () => {
  const texts = edit(TYPE, "scope: global", "scope: region");
  const aws = new FakeAws([{ Name: "a", Block: OPEN }]);
  aws.enabled = ["us-east-1", "eu-west-1"];
  const { findings, coverage } = await scanned({ aws, texts });
  expect(findings.map(({ region }) => region)).toEqual(["eu-west-1", "us-east-1"]);
  expect(new Set(findings.map(({ id }) => id)).size).toBe(2);
  expect(coverage.regions).toEqual({ scanned: 2, total: 2 });
  const input = scanInput({ aws, texts });
  const one = await scan({ ...input, config: { ...input.config, regions: ["eu-west-1"] } });
  expect(one.findings.map(({ region }) => region)).toEqual(["eu-west-1"]);
});

test("only a failing resource that may be fixed is read further, for its remediation", async () => {
  const buckets = [
    { Name: "a", Block: CLOSED },
    { Name: "b", Block: OPEN },
  ];
  const tagging = async (mode: string) => {
    const aws = new FakeAws(buckets);
    await scanned({ aws, entries: `${uses("x_thing_blocked")}    mode: ${mode}\n` });
    return aws.log.filter((line) => line.includes("Tagging"));
  };
  expect(await tagging("approve")).toEqual(["s3:GetBucketTagging b"]);
  expect(await tagging("report")).toEqual([]);
});

test("property: findings, gaps and plans are the same bytes in whatever order the answers come", async () => {
  const names = ["a", "b", "c", "d", "e"];
  const world = (delays: readonly number[]) => {
    const aws = new FakeAws(names.map((Name, index) => ({ Name, ...(index % 2 === 0 ? { Block: OPEN } : {}) })));
    let next = 0;
    aws.spoil = async (request) => {
      for (let turn = delays[next++ % delays.length] ?? 0; turn > 0; turn -= 1) await Promise.resolve();
      if (request.operation === "GetBucketTagging" && request.input["Bucket"] === "c")
        throw refused("denied", "AccessDenied", request);
    };
    return { aws, entries: "  - use: x_thing_blocked\n" };
  };
  const run = async (delays: readonly number[]) => {
    const { findings, coverage } = await scanned(world(delays));
    return JSON.stringify([findings, coverage, await planned(world(delays))]);
  };
  const expected = await run([0]);
  const delays = fc.array(fc.nat(40), { minLength: 1, maxLength: 12 });
  const same = fc.asyncProperty(delays, async (order) => {
    expect(await run(order)).toBe(expected);
  });
  await fc.assert(same, { numRuns: 15 });
});

test("progress tells each unit when it is done", async () => {
  const aws = new FakeAws([{ Name: "a", Block: OPEN }]);
  const seen: unknown[] = [];
  await scan({ ...scanInput({ aws }), onProgress: (one) => seen.push(one) });
  const place = { account: "111111111111", region: "us-east-1", type: "x.thing" };
  expect(seen).toEqual([{ unitsDone: 1, unitsTotal: 1, resources: 1, failing: 1, ...place }]);
});
