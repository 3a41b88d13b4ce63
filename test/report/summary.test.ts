import fc from "fast-check";
import { expect, test } from "vitest";
import { applySummary, planSummary, scanSummary } from "../../src/report/summary.ts";
import { bytes } from "../../src/text/markdown.ts";
import { cellCounts, prose, structure } from "../text/github-markdown.ts";
import { hostileText } from "../text/hostile.ts";
import { appliedOf, bucketItem, finding, POLICIES, planOf, scanOf } from "./sample.ts";

test("a scan's summary has the verdict, a table, the failing resources folded, and the coverage", () => {
  const summary = scanSummary(scanOf(), POLICIES);
  expect(summary).toMatch(/^## 16 of 148 resources fail 3 policies; 8 could not be judged\n/);
  expect(summary).toContain(
    "| `s3_bucket_public_access_block`<br>S3 buckets block public access | high | 6 | 3 | 2 | 3 | approve |",
  );
  expect(summary).toContain(
    "<details><summary><code>s3_bucket_public_access_block</code>: 6 failing resources</summary>",
  );
  expect(summary).toContain("`s3:GetBucketPolicy`");
});

test("a plan's and an apply's summary have no marker, and speak of applying", () => {
  const plan = planOf([bucketItem(1)]);
  const planned = planSummary(plan, scanOf(), POLICIES);
  expect(planned).not.toContain("<!--");
  expect(planned).toContain("**Applying this plan makes 1 AWS call that changes 1 resource in 1 account");
  expect(planned).not.toContain("Merging");
  expect(applySummary(appliedOf(), plan)).toMatch(/^## 2 applied, 1 already fine/);
  expect(applySummary(appliedOf())).toContain("`approved 5 = ");
});

test("whatever AWS's texts are, the structure is the same", () => {
  const plainly = scanSummary(scanOf(), POLICIES);
  const [expected, cells] = [structure(plainly), cellCounts(plainly)];
  fc.assert(
    fc.property(hostileText, (text) => {
      const summary = scanSummary(
        scanOf((own) => text + own),
        POLICIES,
      );
      expect(structure(summary)).toEqual(expected);
      expect(cellCounts(summary)).toEqual(cells);
      expect(prose(summary)).not.toMatch(/@[a-z0-9]|#\d|https?:|www\./i);
    }),
    { numRuns: 25 },
  );
});

test("twenty thousand findings fit", () => {
  const findings = Array.from({ length: 20_000 }, (_, index) => finding(index, "fail", `policy_${index % 40}`));
  const summary = scanSummary({ findings, coverage: scanOf().coverage }, POLICIES);
  expect(bytes(summary)).toBeLessThanOrEqual(200_000);
  expect(summary).toMatch(/_showing \d+ of 500 resources_/);
});
