import { expect, test } from "vitest";
import { lastChange } from "../../src/aws/last-change.ts";
import { createReader } from "../../src/aws/reader.ts";
import { WireError } from "../support/aws-wire/server.ts";
import { remoteError, request } from "./connection.ts";
import { useWire } from "./wire.ts";

// Moto has no LookupEvents: what answers is the stand-in made from AWS's own model.
const aws = useWire();

const BUCKET = { account: "222222222222", region: "eu-west-1", id: "logs", since: "2026-03-01T00:00:00.000Z" };
const MALLORY = "arn:aws:sts::222222222222:assumed-role/admin/mallory";
const OURS = "arn:aws:sts::222222222222:assumed-role/evenkeel-remediate/evenkeel-7-1-41ab09cd77e1";

function event(name: string, arn: string, more: object = {}, readOnly = "false") {
  const EventTime = new Date("2026-03-02T10:00:00.000Z");
  const record = JSON.stringify({ userIdentity: { type: "AssumedRole", arn }, ...more });
  return { EventName: name, EventTime, ReadOnly: readOnly, Username: "u", CloudTrailEvent: record };
}

function find(over: Partial<typeof BUCKET> = {}) {
  const { connection } = aws.connect();
  return lastChange(connection, { ...BUCKET, ...over }, (principal) => principal === OURS);
}

test("the newest change by anybody else, through the read role, in the resource's account and region (stand-in: moto has no LookupEvents)", async () => {
  aws.wire.on("cloudtrail", "LookupEvents", () => ({
    Events: [
      event("GetBucketVersioning", MALLORY, {}, "true"),
      event("PutBucketVersioning", OURS),
      event("PutBucketVersioning", MALLORY, { errorCode: "AccessDenied" }),
      event("PutBucketVersioning", MALLORY),
      event("DeleteBucketPolicy", "arn:aws:iam::222222222222:user/older"),
    ],
  }));
  expect(await find()).toEqual({ principal: MALLORY, event: "PutBucketVersioning", at: "2026-03-02T10:00:00.000Z" });
  expect(aws.wire.calls.filter(({ service }) => service === "cloudtrail")).toMatchObject([
    {
      operation: "LookupEvents",
      region: "eu-west-1",
      account: "222222222222",
      input: { LookupAttributes: [{ AttributeKey: "ResourceName", AttributeValue: "logs" }] },
    },
  ]);
  expect(aws.wire.calls.find(({ operation }) => operation === "AssumeRole")?.input).toMatchObject({
    RoleArn: "arn:aws:iam::222222222222:role/evenkeel-read",
  });
  await find({ region: "global" });
  expect(aws.wire.calls.at(-1)).toMatchObject({ operation: "LookupEvents", region: "us-east-1" });
  aws.wire.assertClean();
});

test("a few pages and no more; nobody else, a record that is none, and a service instead of a principal (stand-in: moto has no LookupEvents)", async () => {
  aws.wire.on<{ NextToken?: string }>("cloudtrail", "LookupEvents", ({ NextToken: token = "0" }) => ({
    Events: [event("GetBucketAcl", MALLORY, {}, "true")],
    NextToken: String(Number(token) + 1),
  }));
  expect(await find()).toEqual({ why: expect.stringContaining("among the newest 200 events") });
  expect(aws.wire.calls.filter(({ operation }) => operation === "LookupEvents")).toHaveLength(4);
  aws.wire.on("cloudtrail", "LookupEvents", () => ({ Events: [event("PutBucketVersioning", OURS)] }));
  expect(await find()).toEqual({ why: expect.stringContaining("no change by anybody else") });
  const at = new Date("2026-03-02T10:00:00.000Z");
  aws.wire.on("cloudtrail", "LookupEvents", () => ({
    Events: [{ EventName: "X", EventTime: at, ReadOnly: "false", CloudTrailEvent: "{", Username: "bob" }],
  }));
  expect(await find()).toMatchObject({ principal: "bob", event: "X" });
  const byService = JSON.stringify({ userIdentity: { invokedBy: "config.amazonaws.com" } });
  aws.wire.on("cloudtrail", "LookupEvents", () => ({
    Events: [{ EventName: "X", EventTime: at, ReadOnly: "false", CloudTrailEvent: byService }],
  }));
  expect(await find()).toMatchObject({ principal: "config.amazonaws.com" });
});

test("what is denied is said and thrown by nobody; a reader still refuses the operation to whoever names it (stand-in: moto has no LookupEvents)", async () => {
  aws.wire.on("cloudtrail", "LookupEvents", () => {
    throw new WireError("AccessDeniedException", "not authorized to perform: cloudtrail:LookupEvents", 400);
  });
  expect(await find()).toEqual({ why: expect.stringContaining("not authorized to perform: cloudtrail:LookupEvents") });
  const { connection } = aws.connect();
  const reader = createReader(connection);
  expect(await remoteError(reader.call(request("cloudtrail", "LookupEvents")))).toMatchObject({
    code: "HandsOutSecrets",
  });
});
