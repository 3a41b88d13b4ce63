/** The whole way of a report, from findings to bodies and file, with more than any of its places can show. */
import { beforeAll, expect, test } from "vitest";
import { buildPlan } from "../../src/plan/build.ts";
import { planDigest, readPlan, writePlan } from "../../src/plan/file.ts";
import { brief, reviewable, withHeld } from "../../src/plan/limit.ts";
import { reportBody, reportTitle } from "../../src/report/body.ts";
import { dashboardBody } from "../../src/report/dashboard.ts";
import { policyInfos } from "../../src/report/options.ts";
import { planSummary } from "../../src/report/summary.ts";
import type { ScanResult } from "../../src/scan/scan.ts";
import { bytes } from "../../src/text/markdown.ts";
import type { Guards } from "../../src/types/catalogue.ts";
import { FakeAws } from "../support/catalogue-aws.ts";
import { planInput, scanInput, scanned } from "../support/catalogue-world.ts";

const NUMBER = 20_000;
const OPEN = { BlockPublicAcls: false, BlockPublicPolicy: false };
const NONE: Guards = { per_policy: NUMBER, per_account: NUMBER, per_run: NUMBER, percent: 100 };
const USUAL: Guards = { per_policy: 10, per_account: 25, per_run: 50, percent: 20 };

let scan: ScanResult;
/** One real scan of so many buckets, none of which is as it should be. */
beforeAll(async () => {
  const buckets = Array.from({ length: NUMBER }, (_, n) => ({ Name: `bucket-${n}`, Block: OPEN }));
  scan = await scanned({ aws: new FakeAws(buckets) });
});

function reported(guards: Guards) {
  const plan = reviewable(buildPlan(planInput(scan, guards)));
  const file = brief(plan);
  const { policies } = scanInput({ aws: new FakeAws([]) });
  const infos = policyInfos(policies);
  const shown = withHeld(file, plan.header.held);
  return {
    plan,
    file,
    text: writePlan(file),
    title: reportTitle(file),
    body: reportBody({ plan: shown, planPath: "plans/all.jsonl", scan, policies: infos }),
    dashboard: dashboardBody({
      scan,
      policies: infos,
      reports: [{ plan: shown, pullRequest: 1, since: "2026-01-01", declined: [] }],
      scannedAt: "2026-01-01",
    }),
    summary: planSummary(shown, scan, infos),
  };
}

test.each([
  ["no guards", NONE, 300],
  ["the usual guards", USUAL, 10],
] as const)("20,000 findings and %s: everything keeps to its limits, and says N of M", (_, guards, most) => {
  const { plan, file, text, title, body, dashboard, summary } = reported(guards);
  expect(scan.findings).toHaveLength(NUMBER);
  expect(file.items).toHaveLength(most);
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(400_000);
  expect(readPlan("plan", text)).toEqual(file);
  expect(planDigest(file.header)).toBe(planDigest(plan.header));
  // Every finding is in the file, or counted by it.
  const { held, held_more: more = 0 } = file.header;
  expect(file.items.length + held.length + more).toBe(NUMBER);
  expect(plan.header.held).toHaveLength(NUMBER - most);
  expect(title).toMatch(new RegExp(`^Fix ${most} findings in all`));
  expect(title.length).toBeLessThanOrEqual(256);
  expect(bytes(body)).toBeLessThanOrEqual(60_000);
  expect(bytes(dashboard)).toBeLessThanOrEqual(60_000);
  expect(bytes(summary)).toBeLessThanOrEqual(200_000);
  const waiting = (NUMBER - most).toLocaleString("en-US");
  for (const page of [body, summary]) {
    expect(page).toContain(`${most} changes in all: ${most} disruptive; ${waiting} held back`);
    expect(page).toContain(`### Left out: ${waiting} fixes held back`);
    expect(page).toContain("and ");
  }
  expect(dashboard).toContain("20,000 of 20,000 resources fail 1 policy");
  expect(dashboard).toContain(`${waiting} of 20,000 failing findings that no exception covers have no fix in a report`);
  if (guards === NONE) {
    expect(body).toContain("one pull request shows 300 of 20000 items; the rest waits for the next");
    expect(body).toContain("of 300 resources");
  }
});
