import { expect, test } from "vitest";
import type { InGrace } from "../../src/plan/grace.ts";
import { type DashboardInput, dashboardBody } from "../../src/report/dashboard.ts";
import { graceSection } from "../../src/report/grace-section.ts";
import { policyInfos } from "../../src/report/options.ts";
import { findingId } from "../../src/scan/finding.ts";
import type { HeldItem } from "../../src/types/plan.ts";
import type { Finding } from "../../src/types/scan.ts";
import { run } from "../preview/made.ts";
import { coverageOf, finding, heldItem, POLICIES, planOf } from "./sample.ts";

const POLICY = "s3_bucket_public_access_block";
const OTHER = "ec2_volume_unattached";

function inGrace(of: Finding, until: string, stage: InGrace["stage"] = "started", grace = "14d"): InGrace {
  return { finding: of, grace, since: "2026-03-01T06:30:00.000Z", until, stage };
}

/** With the ID that a scan gives it. */
function fails(number: number, policy = POLICY): Finding {
  const made = finding(number, "fail", policy);
  return { ...made, id: findingId(policy, made.account, made.region, made.resource) };
}

function held({ policy, account, region, resource }: Finding, number: number, outcome: HeldItem["outcome"]): HeldItem {
  return { ...heldItem(number), policy, account, region, resource, outcome, reason: `${outcome} it is` };
}

test("by policy and grace: how many, how many of them near the end, and the nearest end; the nearest policy first", () => {
  const detail = { diffs: 0, firstDiffs: 0, items: 0, first: 0, groups: 2, names: 0, gaps: 0, rows: 9, text: 80 };
  const waiting = [
    inGrace(fails(1), "2026-03-15T06:30:00.000Z"),
    inGrace(fails(2), "2026-03-12T06:30:00.001Z", "ending"),
    inGrace(fails(3, OTHER), "2026-03-10T00:00:00.000Z", "ending", "7d"),
    inGrace(fails(4, OTHER), "2026-03-30T00:00:00.000Z", "started", "30d"),
  ];
  expect(graceSection(waiting, detail)).toBe(
    [
      "### In their grace: 4 findings",
      "",
      "Their fixes are proposed by the first report after the grace is over, unless the resources are in order by then.",
      "",
      "| Policy | Grace | Findings: | Ending soon: | The first ends |".replaceAll(":", ""),
      "| --- | --- | ---: | ---: | --- |",
      `| \`${OTHER}\` | 7d | 1 | 1 | 2026-03-10 00:00 UTC |`,
      `| \`${POLICY}\` | 14d | 2 | 1 | 2026-03-12 06:31 UTC |`,
      "",
      "_showing 2 of 3 groups_",
    ].join("\n"),
  );
  expect(graceSection([], detail)).toBe("");
});

test("the dashboard counts what only its grace holds back apart from what is left to people", () => {
  const [waits, refused, over] = [fails(1), fails(2), fails(3)];
  const until = "2026-03-15T06:30:00.000Z";
  const entries = [inGrace(waits, until), inGrace(refused, until), inGrace(over, until, "ended")];
  const input: DashboardInput = {
    scan: { findings: [waits, refused, over], coverage: coverageOf([]) },
    policies: POLICIES,
    reports: [
      {
        plan: planOf([], [held(waits, 1, "waiting"), held(refused, 2, "blocked"), held(over, 3, "capped")]),
        declined: [],
      },
    ],
    grace: { findings: new Map(entries.map((one) => [one.finding.id, one])) },
    scannedAt: "2026-03-08T05:17:00.000Z",
  };
  const body = dashboardBody(input);
  expect(body).toContain(
    "**3 failing findings: 0 fixes in 0 open reports, 1 in their grace, 2 left to people, 0 excepted.**",
  );
  expect(body).toContain("### In their grace: 1 finding\n");
  const left = body.slice(body.indexOf("### Left"), body.indexOf("### Coverage"));
  expect(left).toContain("blocked it is");
  expect(left).toContain("capped it is");
  expect(left).not.toContain("waiting it is");
});

test("a policy's mode says after how long, wherever it is shown", () => {
  const approve = {
    ...run("p", "1", { mode: "approve", remediation: {}, file: { remediation: { id: "r" } } }),
    grace: "14d",
  };
  const mode = (...runs: readonly (typeof approve)[]) => policyInfos(runs).get("p")?.mode;
  expect(mode(approve)).toBe("approve after 14d");
  expect(mode(approve, { ...approve, mode: "report" }, { ...approve, mode: "automatic", grace: "7d" })).toBe(
    "approve after 14d, automatic after 7d, report",
  );
});
