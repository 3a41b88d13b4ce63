import type { GetPublicAccessBlockRequest } from "@aws-sdk/client-s3";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type AwsWire, startAwsWire, WireError } from "../support/aws-wire/server.ts";
import { type Engine, engine } from "../support/engine.ts";
import { BLOCK_ALL } from "../support/world/s3.ts";
import { stageConfig } from "../support/world/stage.ts";

/** Roles and identities, against the stand-in: moto lets anyone assume anything. */
const [A, B, C] = ["111111111111", "222222222222", "333333333333"] as const;
const role = (account: string, kind: "read" | "remediate") => `arn:aws:iam::${account}:role/evenkeel-${kind}`;
const credentials = { accessKeyId: "AKIABASEBASEBASEBASE", secretAccessKey: "any" };
const BLOCK = "s3_bucket_public_access_block";
let wire: AwsWire;
const closed = new Set<string>();
const open: Engine[] = [];

beforeEach(async () => {
  closed.clear();
  wire = await startAwsWire({ account: "999999999999" });
  wire.on("s3", "ListBuckets", (_input, { account }) => ({
    Buckets: [{ Name: `orders-${account}`, CreationDate: new Date("2024-01-01T00:00:00Z"), BucketRegion: "us-east-1" }],
  }));
  wire.on<GetPublicAccessBlockRequest>("s3", "GetPublicAccessBlock", ({ Bucket }) => ({
    PublicAccessBlockConfiguration: closed.has(Bucket ?? "") ? BLOCK_ALL : { BlockPublicAcls: false },
  }));
  wire.on("s3control", "GetPublicAccessBlock", () => ({ PublicAccessBlockConfiguration: {} }));
  wire.on("s3", "GetBucketWebsite", () => {
    throw new WireError("NoSuchWebsiteConfiguration", "there is none", 404);
  });
  wire.on<GetPublicAccessBlockRequest>("s3", "PutPublicAccessBlock", ({ Bucket }) => void closed.add(Bucket ?? ""));
});
afterEach(async () => {
  for (const one of open.splice(0)) one.close();
  await wire.stop();
});

function start(...accounts: string[]): Engine {
  const made = engine({ url: wire.url, credentials, config: stageConfig(accounts, [BLOCK]) });
  open.push(made);
  return made;
}
/** What was called with the account's own session. */
const calledIn = (account: string) =>
  wire.calls.filter((call) => call.account === account).map(({ operation }) => operation);

test("an account whose role cannot be assumed is a gap with its remedy; the others are scanned, and the scan is not complete", async () => {
  wire.sts.refuse(role(B, "read"));
  const { findings, coverage } = await start(A, B, C).scan();
  expect(new Set(findings.map(({ account }) => account))).toEqual(new Set([A, C]));
  expect(coverage).toMatchObject({
    accounts: { scanned: 2, total: 3 },
    regions: { scanned: 2, total: 3 },
    complete: false,
  });
  expect(coverage.gaps).toMatchObject([
    { account: B, region: "*", type: "*", operation: "sts:AssumeRole", code: "AccessDenied", policies: [BLOCK] },
  ]);
  expect(coverage.gaps[0]?.remedy).toContain("evenkeel-read");
  expect(wire.sts.count(role(B, "read"))).toBe(1);
  expect(calledIn(B)).toEqual([]);
});

test("a session that turns out to be in another account is not used to read anything", async () => {
  wire.sts.pretendAccount(B, C);
  const { findings, coverage } = await start(A, B).scan();
  expect(findings.every(({ account }) => account === A)).toBe(true);
  expect(coverage.gaps).toMatchObject([{ account: B, operation: "sts:GetCallerIdentity", code: "WrongAccount" }]);
  expect(calledIn(B)).toEqual(["GetCallerIdentity"]);
});

test("scanning assumes the read role only, once an account; applying assumes the remediation role once more", async () => {
  const run = start(A, B);
  const { plan } = await run.plan();
  expect(wire.sts.attempts.map(({ roleArn }) => roleArn).sort()).toEqual([role(A, "read"), role(B, "read")]);
  expect(plan.items).toHaveLength(2);
  const { counts } = await run.apply(plan);
  expect(counts.applied).toBe(2);
  for (const account of [A, B]) {
    expect(wire.sts.count(role(account, "remediate"))).toBe(1);
    expect(wire.sts.count(role(account, "read"))).toBe(2);
  }
  const writers = wire.calls.filter(({ operation }) => operation.startsWith("Put")).map(({ roleArn }) => roleArn);
  expect(writers.sort()).toEqual([role(A, "remediate"), role(B, "remediate")]);
  const readers = wire.calls.filter(({ service, operation }) => service !== "sts" && !operation.startsWith("Put"));
  expect(readers.every(({ roleArn }) => roleArn?.endsWith("evenkeel-read"))).toBe(true);
  // The session's name leads from CloudTrail to the plan.
  const names = wire.sts.attempts
    .filter(({ roleArn }) => roleArn.endsWith("remediate"))
    .map(({ sessionName }) => sessionName);
  expect(new Set(names).size).toBe(1);
  wire.assertClean();
});

test("a remediation role that cannot be assumed denies its account's items and no others; nothing is written there", async () => {
  const run = start(A, B);
  const { plan } = await run.plan();
  wire.sts.refuse(role(B, "remediate"));
  const { outcomes } = await run.apply(plan);
  expect(Object.fromEntries(outcomes.map(({ account, outcome }) => [account, outcome]))).toEqual({
    [A]: "applied",
    [B]: "denied",
  });
  expect(outcomes.find(({ account }) => account === B)?.next).toContain("evenkeel-remediate");
  expect([...closed]).toEqual([`orders-${A}`]);
  wire.sts.allow(role(B, "remediate"));
  expect((await run.apply(plan)).counts).toMatchObject({ applied: 1, already_ok: 1 });
});

test("a remediation session in another account writes nothing", async () => {
  const run = start(A);
  const { plan } = await run.plan();
  wire.sts.pretendAccount(A, B);
  const { outcomes } = await run.apply(plan);
  expect(outcomes).toMatchObject([{ outcome: "denied" }]);
  expect(closed.size).toBe(0);
});
