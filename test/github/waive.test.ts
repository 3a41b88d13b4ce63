import fc from "fast-check";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { waiverPath, waiverText } from "../../src/github/waive.ts";
import { item } from "./client-under-test.ts";

test("free text stays a value of the file, whatever it says", () => {
  const tricky = fc.constantFrom(
    "~",
    "yes",
    "2026-01-01",
    "12",
    "a: b",
    "- x",
    "# no",
    "{",
    "'\"",
    "&a *a",
    "!!js x",
    "|",
  );
  fc.assert(
    fc.property(fc.oneof(tricky, fc.string({ unit: "grapheme", minLength: 1 })), (reason) => {
      const text = waiverText(item(1), { reason, owner: "alice", expires: "2026-06-01" });
      expect(parse(text)).toEqual({
        policy: "s3_bucket_versioning",
        match: { account: "111111111111", resource: "arn:aws:s3:::bucket-1" },
        reason,
        owner: "alice",
        expires: "2026-06-01",
      });
    }),
    { numRuns: 500 },
  );
});

test("the path is made of the policy and the item, and refuses what could leave the folder", () => {
  expect(waiverPath("prod", item(1))).toBe("prod/exceptions/s3_bucket_versioning-000000000000.yaml");
  expect(waiverPath("", item(1))).toBe("exceptions/s3_bucket_versioning-000000000000.yaml");
  for (const wrong of [{ policy: "../x" }, { policy: "a/b" }, { id: "../../../../etc/passwd" }])
    expect(() => waiverPath("", { ...item(1), ...wrong })).toThrow("cannot be part of a path");
});
