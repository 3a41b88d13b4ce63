import fc from "fast-check";
import { expect, test } from "vitest";
import { findingsText, policyRows } from "../../src/report/findings.ts";
import { hostileText } from "../text/hostile.ts";
import { coverageOf, finding, POLICIES, scanOf } from "./sample.ts";
import { expectFit } from "./terminal.ts";

const wide = { width: 100, colour: false, policies: POLICIES };

test("the verdict comes first, with its numbers", () => {
  expect(findingsText(scanOf(), wide).split("\n")[0]).toBe(
    "16 of 148 resources fail 3 policies; 8 could not be judged",
  );
});

test("nothing is said to be well that could not be read", () => {
  const clean = {
    findings: [finding(1, "pass", "a")],
    coverage: { ...coverageOf([]), findings: { pass: 1, fail: 0, unknown: 0, out_of_scope: 0 } },
  };
  expect(findingsText(clean, wide)).toMatch(/^None of 148 resources fails\n/);
  expect(
    findingsText(
      { ...clean, coverage: { ...clean.coverage, ...coverageOf(), findings: clean.coverage.findings } },
      wide,
    ),
  ).toMatch(/^None of 148 resources is known to fail; the scan is incomplete \(1 gap\)\n/);
  const unknown = { findings: [finding(1, "unknown", "a")], coverage: coverageOf([]) };
  expect(findingsText(unknown, wide)).toMatch(/^None of 148 resources is known to fail; 1 could not be judged\n/);
  expect(findingsText({ findings: [], coverage: { ...coverageOf([]), resources: 0 } }, wide)).toMatch(
    /^No resources found\n/,
  );
});

test("the table counts every policy, worst first", () => {
  const text = findingsText(scanOf(), wide);
  const rows = text.split("\n").filter((line) => /^\w+ +(critical|high|low) /.test(line));
  expect(rows.map((line) => line.split(/ {2,}/))).toEqual([
    ["ec2_security_group_ssh_open", "critical", "5", "3", "3", "2", "approve"],
    ["s3_bucket_public_access_block", "high", "6", "3", "2", "3", "approve"],
    ["ec2_volume_unattached", "low", "5", "2", "3", "3", "approve, report"],
  ]);
  expect(policyRows(scanOf().findings).map(({ policy }) => policy)).toEqual([
    "ec2_security_group_ssh_open",
    "s3_bucket_public_access_block",
    "ec2_volume_unattached",
  ]);
});

test("what is left out is counted, and --verbose leaves out nothing", () => {
  const cut = findingsText(scanOf(), { ...wide, limit: 2 });
  expect(cut).toContain("showing 2 of 6 resources; --verbose shows all");
  expect(cut).not.toContain("acme-logs-39");
  const whole = findingsText(scanOf(), { ...wide, limit: 2, verbose: true });
  expect(whole).not.toContain("showing");
  expect(whole).toContain("acme-logs-39");
});

test("gaps tell operation, error, what they hide and the remedy", () => {
  const text = findingsText(scanOf(), wide);
  expect(text).toContain("s3:GetBucketPolicy: AccessDenied");
  expect(text).toContain(
    "s3.bucket in 333333333333, eu-central-1; hides 14 resources; for s3_bucket_public_access_block",
  );
  expect(text).toContain("to mend it: allow s3:GetBucketPolicy in the read role");
  expect(text).toContain("hides an unknown number of resources");
  expect(text).toContain("2 of 3 accounts, 33 of 51 regions");
});

test("hostile texts stay within their lines", () => {
  fc.assert(
    fc.property(hostileText, (text) => {
      const scan = scanOf((own) => text + own);
      expectFit((width, colour) => findingsText(scan, { width, colour, policies: POLICIES }));
    }),
    { numRuns: 25 },
  );
});
