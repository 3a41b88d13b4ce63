import fc from "fast-check";
import { expect, test } from "vitest";
import type { PolicyDocument, Statement } from "../../src/catalogue/iam.ts";
import { MANAGED_POLICY_LIMIT, pack, policySize } from "../../src/catalogue/iam-pack.ts";

test("what is larger than a managed policy may be is split, and says so", () => {
  const many = Array.from({ length: 400 }, (_, index) => `ec2:DescribeSomethingRatherLong${index}`);
  const statement: Statement = { Sid: "ReadEc2", Effect: "Allow", Action: many, Resource: "*" };
  const documents = pack([statement, { ...statement, Sid: "ReadS3", Action: ["s3:ListAllMyBuckets"] }]);
  expect(documents.length).toBeGreaterThan(2);
  for (const document of documents) expect(policySize(document)).toBeLessThanOrEqual(MANAGED_POLICY_LIMIT);
  expect(actions(documents)).toEqual([...many, "s3:ListAllMyBuckets"]);
  for (const { Statement } of documents) expect(new Set(Statement.map(({ Sid }) => Sid)).size).toBe(Statement.length);
});

test("splitting loses and doubles nothing, whatever the limit", () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(sizes, fc.integer({ min: 250, max: 2000 }), (counts, limit) => {
      const statements = counts.map((count, service): Statement => {
        const Action = Array.from({ length: count }, (_, index) => `s${service}:Get${index}`);
        return { Sid: `Read${service}`, Effect: "Allow", Action, Resource: "*" };
      });
      const documents = pack(statements, limit);
      expect(actions(documents)).toEqual(actions([{ Version: "2012-10-17", Statement: statements }]));
      for (const document of documents) expect(policySize(document)).toBeLessThanOrEqual(limit);
    }),
    { numRuns: 50 },
  );
});

function actions(documents: readonly PolicyDocument[]): string[] {
  return documents.flatMap(({ Statement }) => Statement.flatMap(({ Action }) => Action));
}
