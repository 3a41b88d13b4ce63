import { CreateBucketCommand, DeleteObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, expect, test } from "vitest";
import { takeClaim } from "../../src/apply/claim.ts";
import { objectClaim, objectJournal } from "../../src/apply/journal-objects.ts";
import { createJournalBucket } from "../../src/aws/journal-bucket.ts";
import { journalPolicy } from "../../src/catalogue/iam-hub.ts";
import { trustPolicy } from "../../src/catalogue/iam-trust.ts";
import type { JournalLine } from "../../src/types/journal.ts";
import { connectTo, remoteError } from "../aws/connection.ts";
import { assumeRole, type Credentials, clientConfig, createRole, rootCredentials } from "../support/accounts.ts";
import { startMinistack } from "../support/ministack.ts";
import type { Emulator } from "../support/ports.ts";

/** The hub role as it is printed, in an emulator that enforces IAM and S3's conditions: it suffices, and reaches nothing else. */
const HUB = "999999999999";
const PLACE = { bucket: "acme-journal", account: HUB, region: "us-east-1", prefix: "evenkeel/acme/" };
const line: JournalLine = {
  record: "grace",
  at: "2026-03-01T00:00:00.000Z",
  run: "7-1",
  stage: "started",
  policy: "p",
  account: "111111111111",
  findings: [],
};

let emulator: Emulator;
let hub: Credentials;
beforeAll(async () => {
  emulator = await startMinistack({ auth: true });
  const root = await rootCredentials(emulator, HUB);
  const s3 = new S3Client(clientConfig(emulator.url, root));
  await s3.send(new CreateBucketCommand({ Bucket: PLACE.bucket }));
  s3.destroy();
  const trust = trustPolicy({ principal: HUB, partition: "aws" });
  // The emulator compares the header, but knows no condition key for it, and would refuse every write.
  const { Statement, ...rest } = journalPolicy(PLACE, "aws");
  const policy = { ...rest, Statement: Statement.map(({ Condition: _, ...statement }) => statement) };
  const role = await createRole(emulator, HUB, { name: "hub", trust, policy });
  hub = await assumeRole(emulator, root, { roleArn: role });
});
afterAll(() => emulator.stop());

function store(prefix = PLACE.prefix) {
  const { connection } = connectTo(emulator.url, { baseCredentials: async () => hub });
  return { connection, bucket: createJournalBucket(connection, { ...PLACE, prefix }) };
}

test("AWS itself refuses a write of the journal that names no condition; the claim alone is written over, nothing is deleted", () => {
  const { Statement } = journalPolicy(PLACE, "aws-cn");
  const writing = Statement.filter(({ Action }) => Action.includes("s3:PutObject"));
  expect(writing.map(({ Resource, Condition }) => [Resource, Condition])).toEqual([
    [
      [
        "arn:aws-cn:s3:::acme-journal/evenkeel/acme/journal/*",
        "arn:aws-cn:s3:::acme-journal/evenkeel/acme/rolled-up/*",
      ],
      { Null: { "s3:if-none-match": ["false"] } },
    ],
    [["arn:aws-cn:s3:::acme-journal/evenkeel/acme/claim.json"], undefined],
  ]);
  expect(new Set(Statement.flatMap(({ Action }) => Action))).toEqual(
    new Set(["s3:ListBucket", "s3:GetObject", "s3:PutObject"]),
  );
});

test("the journal is written and read, the claim taken, held and released, with these rights and no others", async () => {
  const { connection, bucket } = store();
  const journal = objectJournal(bucket, { run: "7-1", debug: () => undefined });
  expect((await journal.read()).notes).toEqual([]);
  await journal.append([line]);
  expect((await journal.read()).notes).toEqual([line]);
  const claiming = {
    run: "7-1",
    clock: { now: () => Date.now(), sleep: async () => undefined },
    random: () => 0.5,
    debug: () => undefined,
  };
  const claim = await takeClaim(objectClaim(bucket), claiming);
  if ("heldBy" in claim) throw new Error("held");
  expect(await bucket.get("claim.json")).toMatchObject({ text: expect.stringContaining('"run":"7-1"') });
  await claim.release();
  expect(await bucket.get("claim.json")).toMatchObject({ text: expect.stringContaining('"released":true') });
  connection.close();
});

test("of many who write to one name at once, one succeeds", async () => {
  const { connection, bucket } = store();
  const made = await Promise.all(
    Array.from({ length: 20 }, (_, index) => bucket.put("journal/x", `${index}`, undefined)),
  );
  const won = made.flatMap((version, index) => (version === undefined ? [] : [index]));
  expect(won).toHaveLength(1);
  const standing = await bucket.get("journal/x");
  expect(standing?.text).toBe(String(won[0]));
  await bucket.put("claim.json", "free", undefined);
  const first = await bucket.get("claim.json");
  const swapped = await Promise.all(
    Array.from({ length: 20 }, (_, index) => bucket.put("claim.json", `${index}`, first?.version)),
  );
  expect(swapped.filter((version) => version !== undefined)).toHaveLength(1);
  connection.close();
});

test("another repository's prefix, deletion, and whatever is no part of the journal are denied", async () => {
  const other = store("evenkeel/other/");
  expect(await remoteError(other.bucket.put("journal/a", "x", undefined))).toMatchObject({ kind: "denied" });
  expect(await remoteError(other.bucket.get("journal/a"))).toMatchObject({ kind: "denied" });
  other.connection.close();
  const own = store();
  expect(await remoteError(own.bucket.put("else/a", "x", undefined))).toMatchObject({ kind: "denied" });
  own.connection.close();
  const s3 = new S3Client(clientConfig(emulator.url, hub));
  const Key = `${PLACE.prefix}journal/x`;
  await expect(s3.send(new DeleteObjectCommand({ Bucket: PLACE.bucket, Key }))).rejects.toMatchObject({
    name: "AccessDenied",
  });
  s3.destroy();
});
