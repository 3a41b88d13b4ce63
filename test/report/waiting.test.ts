import { expect, test } from "vitest";
import { reportBody } from "../../src/report/body.ts";
import { dashboardBody } from "../../src/report/dashboard.ts";
import type { ReportState } from "../../src/report/report-state.ts";
import { waitingItems, waitingReports } from "../../src/report/waiting.ts";
import type { PlanItem } from "../../src/types/plan.ts";
import { bucketItem, coverageOf, finding, POLICIES, planOf } from "./sample.ts";

const failing = ({ account, region, resource }: PlanItem, number: number) => ({
  ...finding(number, "fail", "s3_bucket_public_access_block"),
  account,
  region,
  resource,
});

function dashboardOf(reports: readonly ReportState[], items: readonly PlanItem[]): string {
  const scan = { findings: items.map(failing), coverage: coverageOf([]) };
  return dashboardBody({ scan, policies: POLICIES, reports, scannedAt: "2026-03-08" });
}

test("what waits is said with its number, each reason once", () => {
  expect(waitingItems(0)).toBe("");
  expect(waitingItems(1, ["alice", "bob"])).toBe(
    "1 new item waits for the next report, because an approval (alice, bob) stands",
  );
  expect(waitingReports([])).toBe("");
  expect(waitingReports(["x", "y", "x"])).toBe("2 reports wait: x; 1 report waits: y");
});

test("the dashboard counts what waits apart from what is open and from what is left to people", () => {
  const items = [1, 2, 3, 4].map((number) => bucketItem(number));
  const [open, later, ...rest] = items;
  if (open === undefined || later === undefined) throw new Error("two items");
  const second = planOf(rest);
  const wait = "5 are open already (report.most_open: 5)";
  const body = dashboardOf(
    [
      {
        plan: planOf([open]),
        pullRequest: 7,
        since: "2026-03-01T06:00:00Z",
        declined: [],
        later: [later],
        unconfirmed: 2,
      },
      { plan: { ...second, header: { ...second.header, scope: "lab" } }, declined: [], wait },
    ],
    items,
  );
  expect(body).toContain(
    "**4 failing findings: 1 fix in 1 open report, 3 waiting for a later report, 0 left to people, 0 excepted.**",
  );
  expect(body).toContain("**1 report waits: 5 are open already (report.most\\_open: 5).** The worst come first.");
  expect(body).toContain(
    "| `payments` | #7 | 1 | 2026-03-01 | waits for review; 2 not confirmed; 1 new item waits for the next report, because an approval stands |",
  );
  expect(body).toContain("| `lab` |  | 2 |  | waits: 5 are open already (report.most\\_open: 5) |");
  expect(body).toContain("| high | 4 | 4 | approve |");
  expect(body).not.toMatch(/merged and not applied|### Left to people/);
});

test("the report that was approved says that new items wait", () => {
  const input = { plan: planOf([bucketItem(1)]), planPath: "plans/all.jsonl", policies: POLICIES };
  const body = reportBody({ ...input, waiting: 2 });
  expect(body).toContain(
    "### New since the approval\n\n2 new items wait for the next report, because an approval stands.",
  );
  expect(reportBody({ ...input, waiting: 0 })).not.toContain("New since");
});
