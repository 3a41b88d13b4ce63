import fc from "fast-check";
import { expect, test } from "vitest";
import {
  DASHBOARD_BYTES,
  DASHBOARD_MARKER,
  type DashboardInput,
  dashboardBody,
  sameDashboard,
} from "../../src/report/dashboard.ts";
import { bytes } from "../../src/text/markdown.ts";
import type { ExceptionsState } from "../../src/types/exception.ts";
import type { Finding } from "../../src/types/scan.ts";
import { exception } from "../support/exceptions.ts";
import { cellCounts, html, prose, structure } from "../text/github-markdown.ts";
import { hostileText } from "../text/hostile.ts";
import { bucketItem, coverageOf, finding, gap, heldItem, POLICIES, planOf } from "./sample.ts";

const POLICY = "s3_bucket_public_access_block";
const MANY = 10_000_000;
type Twist = (text: string) => string;

/** Fails as the planned or held item says. */
function failing(of: Pick<Finding, "account" | "region" | "resource">, number: number, twist?: Twist): Finding {
  const { account, region, resource } = of;
  return { ...finding(number, "fail", POLICY, twist), account, region, resource };
}

/** Six fail: one in an open report, one declined there, one approved, one held, one excepted, one only reported. */
function sample(twist: Twist = (text) => text): DashboardInput {
  const [open, declined, approved] = [bucketItem(1, twist), bucketItem(2, twist), bucketItem(3, twist)];
  const held = heldItem(4, twist);
  const by = exception({ resource: "x" }, { policy: POLICY, owner: twist("team-a"), reason: twist("a good reason") });
  const { reason, owner, expires, file, line } = by;
  const exceptions: ExceptionsState = {
    excepted: 1,
    expiring: [{ exception: by, findings: 1 }],
    expired: [],
    unused: [{ exception: exception({ resource: "z" }, { line: 20 }), why: "there is no such resource" }],
    unreadable: [],
  };
  const findings = [
    ...[open, declined, approved, held].map((one, index) => failing(one, index, twist)),
    { ...finding(10, "fail", POLICY, twist), excepted: { reason, owner, expires, file, line } },
    finding(11, "fail", "ec2_security_group_ssh_open", twist),
    finding(12, "pass", "ec2_volume_unattached", twist),
  ];
  const second = planOf([approved]);
  return {
    scan: { findings, coverage: coverageOf([gap(twist)]), exceptions },
    policies: POLICIES,
    reports: [
      {
        plan: planOf([open, declined], [held]),
        pullRequest: 7,
        since: "2026-03-01T06:00:00Z",
        declined: [declined.id],
      },
      { plan: { ...second, header: { ...second.header, scope: "lab" } }, declined: [] },
      { plan: planOf([]), declined: [] },
    ],
    scannedAt: "2026-03-08T05:17:00.000Z",
  };
}

test("marker first; verdict with numbers, policies, reports, what is left, exceptions, coverage with remedies", () => {
  const body = dashboardBody(sample());
  const parts = [
    `${DASHBOARD_MARKER}\n\n## 6 of 148 resources fail 2 policies`,
    "**6 failing findings: 1 fix in 1 open report, 1 fix approved and not applied yet, 3 left to people, 1 excepted.**",
    "As of the scan at 2026-03-08T05:17:00.000Z.",
    "### By policy",
    "| `ec2_security_group_ssh_open`<br>Security groups do not open SSH to the world | critical | 1 | 0 | 0 | 0 | approve |",
    "| `s3_bucket_public_access_block`<br>S3 buckets block public access | high | 5 | 1 | 2 | 1 | approve |",
    "1 other policy without a failing or unknown resource.",
    "### Reports",
    "| `payments` | #7 | 1 | 2026-03-01 | waits for review; 1 declined |",
    "### Approved and not applied",
    "| `lab` |  | 1 |  | may be applied until 2026-",
    "### Left to people",
    "3 of 5 failing findings that no exception covers have no fix in a report.",
    "### Excepted",
    "expires after 2026-03-01",
    "unused: there is no such resource; delete it",
    "### Coverage",
    "2 of 3 accounts, 33 of 51 regions",
    "allow s3:GetBucketPolicy in the read role",
  ];
  const places = parts.map((part) => body.indexOf(part));
  expect(places, body).not.toContain(-1);
  expect(places).toEqual([...places].sort((a, b) => a - b));
  const left = body.slice(body.indexOf("### Left"), body.indexOf("### Excepted"));
  expect(left).toContain("| `s3_bucket_public_access_block` | 1 | guard per\\_policy");
  expect(left).toContain("| `s3_bucket_public_access_block` | 1 | declined in its report |");
  expect(left).toContain("| `ec2_security_group_ssh_open` | 1 | only reported");
});

test("the time is on one line, and two dashboards that differ in it alone are the same", () => {
  const [now, later] = [dashboardBody(sample()), dashboardBody({ ...sample(), scannedAt: "2026-03-09T05:17:00.000Z" })];
  expect(now).not.toBe(later);
  expect(now.split("\n").filter((line, index) => line !== later.split("\n")[index])).toHaveLength(1);
  expect(sameDashboard(now, later)).toBe(true);
  expect(sameDashboard(now.replaceAll("\n", "\r\n"), later)).toBe(true);
  const { scan, ...rest } = sample();
  expect(sameDashboard(now, dashboardBody({ ...rest, scan: { ...scan, findings: scan.findings.slice(1) } }))).toBe(
    false,
  );
});

test("where all is well it says so, and where something could not be read it does not", () => {
  const clean = { policies: POLICIES, reports: [{ plan: planOf([]), declined: [] }], scannedAt: "2026-03-08" };
  const findings = [finding(1, "pass", POLICY)];
  const body = dashboardBody({ ...clean, scan: { findings, coverage: coverageOf([]) } });
  expect(body).toContain("## None of 148 resources fails");
  expect(body).toContain("None is open.");
  expect(body).not.toMatch(/### (Left|Excepted)/);
  expect(dashboardBody({ ...clean, scan: { findings, coverage: coverageOf() } })).toContain("is known to fail");
});

test("a report that people worked on says why it was left alone", () => {
  const input = sample();
  const frozen = "the branch holds a merge | of @somebody";
  const body = dashboardBody({ ...input, reports: input.reports.map((one) => ({ ...one, frozen })) });
  expect(body).toMatch(/\| #7 \| 1 \| 2026-03-01 \| left alone: the branch holds a merge &#124; of @\u200bsomebody \|/);
  expect(body).not.toContain("### Approved and not applied");
});

test("whatever the texts are, the structure is the same, nobody is mentioned, nothing is linked", () => {
  const plainly = dashboardBody(sample(), MANY);
  const [expected, cells] = [structure(plainly), cellCounts(plainly)];
  fc.assert(
    fc.property(hostileText, (text) => {
      const body = dashboardBody(
        sample((own) => own + text),
        MANY,
      );
      expect(structure(body)).toEqual(expected);
      expect(cellCounts(body)).toEqual(cells);
      expect(body.match(/<!--/g)).toHaveLength(1);
      // The one reference is ours.
      expect(prose(body).replace("#7", "")).not.toMatch(/@[a-z0-9]|#\d|\bGH-\d|https?:|www\.|mailto:/i);
      expect(html(body)).not.toMatch(/<(a|img|script|h1)\b/);
      expect(sameDashboard(body, body.replace("05:17", "06:17"))).toBe(true);
    }),
    { numRuns: 40 },
  );
});

test("the budget holds, and what is cut is counted", () => {
  const held = Array.from({ length: 400 }, (_, index) =>
    heldItem(index, undefined, `${"long reason ".repeat(40)}${index}`),
  );
  const policies = Array.from({ length: 600 }, (_, index) =>
    finding(index, "fail", `policy_${"x".repeat(80)}_${index}`),
  );
  const input: DashboardInput = {
    ...sample(),
    scan: {
      findings: [...policies, ...held.map((one, index) => failing(one, index))],
      coverage: coverageOf(Array.from({ length: 200 }, () => gap((text) => text.repeat(20)))),
    },
    reports: [{ plan: planOf([], held), declined: [] }],
  };
  expect(bytes(dashboardBody(input, MANY))).toBeGreaterThan(DASHBOARD_BYTES);
  const body = dashboardBody(input);
  expect(bytes(body)).toBeLessThanOrEqual(DASHBOARD_BYTES);
  expect(body).toContain("1,000 left to people");
  expect(body).toMatch(/_showing \d+ of 601 policies_/);
  expect(body).toMatch(/_showing \d+ of 1,000 groups_/);
  expect(bytes(dashboardBody(input, 2_000))).toBeLessThanOrEqual(2_000);
});
