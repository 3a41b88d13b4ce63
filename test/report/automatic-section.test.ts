import fc from "fast-check";
import { expect, test } from "vitest";
import { leftToReportSection, type StandingState, standingSection } from "../../src/report/automatic-section.ts";
import { reportBody } from "../../src/report/body.ts";
import { DASHBOARD_BYTES, dashboardBody } from "../../src/report/dashboard.ts";
import { fitting } from "../../src/report/ladder.ts";
import { revertComment } from "../../src/report/revert-comment.ts";
import { bytes } from "../../src/text/markdown.ts";
import { cellCounts, html, structure } from "../text/github-markdown.ts";
import { hostileText } from "../text/hostile.ts";
import { bucketItem, coverageOf, heldItem, POLICIES, planOf } from "./sample.ts";

type Twist = (text: string) => string;
const same: Twist = (text) => text;

function state(twist: Twist = same): StandingState {
  const [first, second, third] = [bucketItem(1, twist), bucketItem(2, twist), bucketItem(3, twist)];
  const reason = "it was fixed twice within a week and fails again: somebody or something undoes it";
  return {
    left: [
      { item: first, reason, flapping: true },
      { item: second, reason, flapping: true },
      { item: third, reason: "it was fixed less than a day ago" },
    ],
    who: new Map([
      [
        first.id,
        {
          principal: twist("arn:aws:sts::111111111111:assumed-role/admin/mallory"),
          event: twist("PutBucketPolicy"),
          at: "2026-03-02T10:00:00.000Z",
        },
      ],
      [second.id, { why: twist("denied") }],
    ]),
    week: [{ policy: "s3_bucket_public_access_block", applied: 7, undone: 1, failed: 2 }],
    eligible: [{ policy: "ec2_security_group_ssh_open", fixes: 38, days: 60 }],
  };
}
const whole = (render: (detail: Parameters<typeof standingSection>[1]) => string): string => fitting(1_000_000, render);

test("the dashboard's section: numbers of the week, what is left to people and why, who undid it, which policies are fit", () => {
  const text = whole((detail) => standingSection(state(), detail)).replaceAll("\u200b", "");
  expect(text).toContain("7 changes applied, 1 taken back, 2 not done; 3 left to the reports.");
  expect(text).toContain(
    "last changed by `arn:aws:sts::111111111111:assumed-role/admin/mallory` with `PutBucketPolicy` at 2026-03-02T10:00:00.000Z",
  );
  expect(text).toContain("could not be found out: `denied`");
  expect(text).toContain(
    "`ec2_security_group_ssh_open`: 38 fixes approved and made in 60 days, none failed or was taken back.",
  );
  const nothing: StandingState = { left: [], who: new Map(), week: [], eligible: [] };
  expect(whole((detail) => standingSection(nothing, detail))).toBe("");
});

test("a report's body speaks of its own items only", () => {
  const { left, who } = state();
  const own = new Set([bucketItem(3).id]);
  const text = whole((detail) => leftToReportSection({ left, who }, own, detail));
  expect(text).toContain("it was fixed less than a day ago");
  expect(text).not.toContain("fixed twice");
  expect(whole((detail) => leftToReportSection({ left, who }, new Set(), detail))).toBe("");
});

/** Everything others may have named, in every place that shows it. */
function texts(twist: Twist): string[] {
  const standing = state(twist);
  const plan = planOf(standing.left.map(({ item }) => item));
  const scan = { findings: [], coverage: coverageOf([]) };
  return [
    reportBody({ plan, planPath: "plans/all.jsonl", policies: POLICIES, standing }),
    dashboardBody({ scan, policies: POLICIES, reports: [], standing, scannedAt: "2026-03-02T00:00:00Z" }),
    revertComment({ plan: "41ab09cd77e1", items: [bucketItem(1, twist)], held: [heldItem(2, twist)], pull: 14 }),
  ];
}

test("names of principals, calls and resources leave headings, tables and HTML as they were", () => {
  const plain = texts(same);
  fc.assert(
    fc.property(hostileText, (hostile) => {
      for (const [index, text] of texts((own) => `${own}${hostile}`).entries()) {
        expect(structure(text)).toEqual(structure(plain[index] ?? ""));
        expect(html(text)).not.toMatch(/<(a|img|script|h1)\b/);
        expect(cellCounts(text)).toEqual(cellCounts(plain[index] ?? ""));
      }
    }),
    { numRuns: 60 },
  );
});

test("thousands of them fit, and say how many are shown", () => {
  const { left } = state();
  const many = Array.from({ length: 5_000 }, (_, number) => ({
    ...left[0],
    item: bucketItem(number),
    reason: `reason ${number}`,
    flapping: true as const,
  }));
  const standing: StandingState = { left: many, who: new Map(), week: [], eligible: [] };
  const scan = { findings: [], coverage: coverageOf([]) };
  const text = dashboardBody({ scan, policies: POLICIES, reports: [], standing, scannedAt: "2026-03-02T00:00:00Z" });
  expect(bytes(text)).toBeLessThanOrEqual(DASHBOARD_BYTES);
  expect(text).toContain("of 5,000 groups");
  expect(text).toContain("of 5,000 resources that are undone");
});
