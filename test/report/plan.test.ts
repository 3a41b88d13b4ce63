import fc from "fast-check";
import { expect, test } from "vitest";
import { planDigest } from "../../src/plan/file.ts";
import { planText } from "../../src/report/plan.ts";
import { hostileText } from "../text/hostile.ts";
import { bucketItem, coverageOf, heldItem, planOf, volumeItem } from "./sample.ts";
import { expectFit } from "./terminal.ts";

const wide = { width: 120, colour: false };
const plan = planOf(
  [bucketItem(1), bucketItem(2), volumeItem(1)],
  Array.from({ length: 7 }, (_, index) => heldItem(index)),
);

test("what applying does comes first, with its numbers", () => {
  const lines = planText(plan, wide).split("\n");
  expect(lines[0]).toBe("3 changes in payments: 1 destructive, 2 disruptive; 7 held back");
  // The read of the second volume step is no change.
  expect(lines[1]).toContain("makes 4 AWS calls that change 3 resources in 2 accounts");
  expect(planText(planOf([]), wide)).toContain("Applying this plan changes nothing.");
});

test("destructive items come first", () => {
  expect(planText(plan, wide)).toMatch(
    /1\. ec2_volume_unattached \(low, destructive\)[\s\S]*2\. s3_bucket_public_access_block \(high, disruptive\)/,
  );
});

test("an item shows place, reason, differences, calls in order, undo, impact and cost", () => {
  const text = planText(plan, wide);
  for (const part of [
    "s3.bucket acme-logs-2  111111111111 eu-west-1",
    "why     not so: S3 buckets block public access (acme)",
    "~ PublicAccessBlock.BlockPublicAcls: false → true",
    '- Policy.Statement[AllowAll].Principal = "*"',
    '~ Tags.owner: "team a" → "team b"',
    'call    s3:PutPublicAccessBlock Bucket="acme-logs-2" ExpectedBucketOwner="111111111111"',
    'undo    s3:DeletePublicAccessBlock Bucket="acme-logs-2" ExpectedBucketOwner="111111111111"',
    "impact  Clients that reach the bucket through a public ACL or policy lose access.",
    "change  the resource is deleted",
    "- Secret = (sensitive: 34 characters, SHA-256 abababababab…)",
    'read    ec2:DescribeSnapshots SnapshotIds=["<steps.snapshot.SnapshotId>"] until output.Snapshots[0].State ==',
    "undo    no undo: a new volume can be made from the snapshot, but it has another ID",
    "cost    snapshot storage",
  ]) {
    expect(text).toContain(part);
  }
  expect(text).not.toContain("Policy.Statement[Tls]");
  expect(text.indexOf("ec2:CreateSnapshot")).toBeLessThan(text.indexOf("ec2:DeleteVolume"));
});

test("held items are grouped by cause, digest and expiry stand at the end", () => {
  const text = planText(plan, wide);
  expect(text).toContain("s3_bucket_public_access_block: 7 resources capped: guard per_policy: 10 items");
  expect(text).toContain("showing 5 of 7 resources");
  expect(text).toContain(`digest  ${planDigest(plan.header).slice(0, 12)}\n`);
  expect(text).toContain("expires 2026-11-30T00:00:00.000Z");
  expect(planText({ ...plan, items: plan.items.slice(1) }, wide)).toContain(
    "1 line of the plan was deleted by a reviewer",
  );
});

test("many items are counted; everything is shown where it is asked for", () => {
  const many = planOf(Array.from({ length: 30 }, (_, index) => bucketItem(index)));
  expect(planText(many, { ...wide, limit: 3 })).toContain("showing 3 of 30 changes; --verbose shows all");
  expect(planText(many, { ...wide, limit: 3, verbose: true })).toContain("acme-logs-29");
});

test("long values say how much of them is shown, and are whole where everything is asked for", () => {
  const item = {
    ...bucketItem(1),
    before: { Note: "a".repeat(900) },
    after: { Note: "b".repeat(900) },
    fields: ["Note"],
  };
  expect(planText(planOf([item]), wide)).toContain("(200 of 902 characters)");
  expect(planText(planOf([item]), { ...wide, verbose: true }).replace(/\s/g, "")).toContain("b".repeat(900));
});

test("hostile texts stay within their lines", () => {
  fc.assert(
    fc.property(hostileText, (text) => {
      const twist = (own: string): string => text + own;
      const twisted = planOf([bucketItem(1, twist), volumeItem(1, twist)], [heldItem(1, twist)]);
      expectFit((width, colour) => planText(twisted, { width, colour, coverage: coverageOf() }));
    }),
    { numRuns: 25 },
  );
});
