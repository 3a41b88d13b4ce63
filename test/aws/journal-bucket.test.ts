import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { createJournalBucket } from "../../src/aws/journal-bucket.ts";
import { WireError } from "../support/aws-wire/server.ts";
import { remoteError } from "./connection.ts";
import { useWire } from "./wire.ts";

const PLACE = { bucket: "acme-journal", account: "999999999999", region: "eu-central-1", prefix: "evenkeel/" };

const aws = useWire();

function setUp() {
  const { connection, slept } = aws.connect();
  return { bucket: createJournalBucket(connection, PLACE), slept };
}
const bytes = (value: unknown): string => Buffer.from(value instanceof Uint8Array ? value : []).toString();

test("each call is of that bucket, of its owner, below the prefix, in its region, by the caller; each write has a condition", async () => {
  aws.wire.on("s3", "PutObject", () => ({ ETag: '"v1"' }));
  aws.wire.on("s3", "GetObject", () => ({ Body: Buffer.from("ä\n"), ETag: '"v1"' }));
  aws.wire.on("s3", "ListObjectsV2", () => ({ Contents: [{ Key: "evenkeel/a" }, { Key: "elsewhere/b" }] }));
  const { bucket } = setUp();
  expect(await bucket.put("journal/a.jsonl", "ä\n", undefined)).toBe('"v1"');
  expect(await bucket.put("claim.json", "b\n", '"v0"')).toBe('"v1"');
  expect(await bucket.get("claim.json")).toEqual({ text: "ä\n", version: '"v1"' });
  expect(await bucket.names()).toEqual(["a"]);
  const by = { service: "s3", region: "eu-central-1", accessKeyId: "AKIABASEBASEBASEBASE" };
  const at = { Bucket: "acme-journal", ExpectedBucketOwner: "999999999999" };
  expect(aws.wire.calls).toMatchObject([
    { ...by, operation: "PutObject", input: { ...at, Key: "evenkeel/journal/a.jsonl", IfNoneMatch: "*" } },
    { ...by, operation: "PutObject", input: { ...at, Key: "evenkeel/claim.json", IfMatch: '"v0"' } },
    { ...by, operation: "GetObject", input: { ...at, Key: "evenkeel/claim.json" } },
    { ...by, operation: "ListObjectsV2", input: { ...at, Prefix: "evenkeel/" } },
  ]);
  expect(bytes(aws.wire.calls[0]?.input["Body"])).toBe("ä\n");
  for (const { input } of aws.wire.calls.slice(0, 2))
    expect([input["IfNoneMatch"], input["IfMatch"]].filter((one) => one !== undefined)).toHaveLength(1);
  for (const name of ["../x", "/x", "a//b", "a/../b", "", "a b"])
    await expect(bucket.get(name)).rejects.toThrow("no name");
});

test("all pages are listed; a list that breaks off is no list", async () => {
  aws.wire.on("s3", "ListObjectsV2", ({ ContinuationToken: token }) =>
    token === undefined
      ? { IsTruncated: true, NextContinuationToken: "t", Contents: [{ Key: "evenkeel/b" }] }
      : { IsTruncated: false, Contents: [{ Key: "evenkeel/a" }] },
  );
  expect(await setUp().bucket.names()).toEqual(["a", "b"]);
  aws.wire.on("s3", "ListObjectsV2", () => ({ IsTruncated: true, Contents: [{ Key: "evenkeel/b" }] }));
  await expect(setUp().bucket.names()).rejects.toThrow("listed only in part");
  aws.wire.on("s3", "ListObjectsV2", () => {
    throw new WireError("AccessDenied", "no", 403);
  });
  expect(await remoteError(setUp().bucket.names())).toMatchObject({
    kind: "denied",
    remedy: expect.stringContaining("s3:ListBucket"),
  });
});

test("not there is undefined for an object, and an error for the bucket", async () => {
  aws.wire.on("s3", "GetObject", () => {
    throw new WireError("NoSuchKey", "no", 404);
  });
  expect(await setUp().bucket.get("claim.json")).toBeUndefined();
  for (const [operation, work] of [
    ["GetObject", "get"],
    ["PutObject", "put"],
    ["ListObjectsV2", "names"],
  ] as const) {
    aws.wire.on("s3", operation, () => {
      throw new WireError("NoSuchBucket", "no", 404);
    });
    const { bucket } = setUp();
    const call = work === "put" ? bucket.put("a", "", undefined) : work === "get" ? bucket.get("a") : bucket.names();
    expect(await remoteError(call)).toMatchObject({ kind: "not_found", code: "NoSuchBucket" });
  }
});

test("somebody else's object is undefined; two who meet are asked to try again, and a broken answer is asked for again", async () => {
  const codes = ["ConditionalRequestConflict", "InternalError", "ConditionalRequestConflict"];
  aws.wire.on("s3", "PutObject", () => {
    const code = codes.shift();
    if (code !== undefined) throw new WireError(code, "again", code === "InternalError" ? 500 : 409);
    return { ETag: '"v1"' };
  });
  const { bucket, slept } = setUp();
  expect(await bucket.put("a", "x", undefined)).toBe('"v1"');
  expect(codes).toEqual([]);
  expect(slept).toHaveLength(3);
  aws.wire.on("s3", "PutObject", () => {
    throw new WireError("PreconditionFailed", "no", 412);
  });
  expect(await bucket.put("a", "x", undefined)).toBeUndefined();
  aws.wire.on("s3", "PutObject", () => {
    throw new WireError("NoSuchKey", "no", 404);
  });
  // What should be replaced is gone.
  expect(await bucket.put("a", "x", '"v1"')).toBeUndefined();
  aws.wire.on("s3", "PutObject", () => {
    throw new WireError("ConditionalRequestConflict", "again", 409);
  });
  expect(await remoteError(bucket.put("a", "x", undefined))).toMatchObject({ code: "ConditionalRequestConflict" });
  aws.wire.on("s3", "PutObject", () => {
    throw new WireError("AccessDenied", "no", 403);
  });
  expect(await remoteError(bucket.put("a", "x", undefined))).toMatchObject({ kind: "denied" });
});

test("a body of megabytes comes whole", async () => {
  const text = createHash("sha256").update("x").digest("hex").repeat(60_000);
  aws.wire.on("s3", "GetObject", () => ({ Body: Buffer.from(text), ETag: '"v1"' }));
  expect((await setUp().bucket.get("a"))?.text === text).toBe(true);
});
