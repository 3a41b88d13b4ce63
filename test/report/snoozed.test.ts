import fc from "fast-check";
import { expect, test } from "vitest";
import { snoozesAt } from "../../src/plan/snooze.ts";
import { DASHBOARD_BYTES, type DashboardInput, dashboardBody } from "../../src/report/dashboard.ts";
import { bytes } from "../../src/text/markdown.ts";
import type { SnoozeNote } from "../../src/types/journal.ts";
import type { HeldItem } from "../../src/types/plan.ts";
import { cellCounts, html, prose, structure } from "../text/github-markdown.ts";
import { hostileText } from "../text/hostile.ts";
import { coverageOf, finding, heldItem, POLICIES, planOf } from "./sample.ts";

const NOW = Date.parse("2026-03-08T00:00:00Z");
const MANY = 10_000_000;
type Twist = (text: string) => string;

function note(items: readonly HeldItem[], more: Partial<SnoozeNote>): SnoozeNote {
  return {
    record: "snooze",
    at: "2026-03-05T00:00:00.000Z",
    run: "42-1",
    since: "2026-03-05T00:00:00.000Z",
    items: items.map(({ id }) => id),
    until: "2026-03-19T06:00:00.000Z",
    pull: 7,
    how: "closed",
    by: "alice",
    reason: "",
    ...more,
  };
}

/** As many held fixes, the last of them snoozed by name and one held for another reason; what is held fails. */
function input(number: number, twist: Twist = (text) => text): DashboardInput {
  const held = Array.from({ length: number }, (_, index) => heldItem(index, twist));
  const [capped, ...rest] = held;
  const last = rest.slice(-1);
  const notes = [
    note(rest, {}),
    note(last, {
      how: "command",
      since: "2026-03-06T00:00:00Z",
      until: "2026-03-10T00:00:00Z",
      pull: 9,
      by: twist("bob"),
      reason: twist("moves soon"),
    }),
    // Of what has no place among what is held, nothing is said.
    note([heldItem(9_000)], { pull: 3 }),
  ];
  const snoozed = rest.map((one) => ({ ...one, outcome: "snoozed" as const, reason: "snoozed until" }));
  return {
    scan: {
      findings: held.map((one, index) => ({
        ...finding(index, "fail", one.policy, twist),
        account: one.account,
        region: one.region,
        resource: one.resource,
      })),
      coverage: coverageOf([]),
    },
    policies: POLICIES,
    reports: [{ plan: planOf([], [...(capped === undefined ? [] : [capped]), ...snoozed]), declined: [] }],
    snoozes: snoozesAt(notes, NOW),
    scannedAt: "2026-03-08T05:17:00.000Z",
  };
}

test("what is put off stands by itself: from which report, until when, by whom, why and which, what ends first on top", () => {
  const body = dashboardBody(input(4));
  expect(body).toContain("**4 failing findings: 0 fixes in 0 open reports, 1 left to people, 3 snoozed, 0 excepted.**");
  expect(body).toContain("1 of 1 failing finding that no exception covers and nobody snoozed has no fix in a report.");
  const section = body.slice(body.indexOf("### Snoozed"), body.indexOf("### Coverage"));
  expect(section).toContain("3 fixes are put off");
  const rows = section.split("\n").filter((line) => line.startsWith("| #"));
  expect(rows).toEqual([
    `| #9 | 1 | 2026-03-10 00:00Z | bob | moves soon | \`acme-held-3\` (\`${heldItem(3).id.slice(0, 12)}\`) |`,
    expect.stringMatching(/^\| #7 \| 2 \| 2026-03-19 06:00Z \| alice \| closed without merging \| `acme-held-1` \(/),
  ]);
  expect(dashboardBody({ ...input(4), snoozes: new Map() })).not.toContain("### Snoozed");
});

test("whatever the texts are, the structure is the same and nobody is mentioned", () => {
  const plainly = dashboardBody(input(4), MANY);
  fc.assert(
    fc.property(hostileText, (text) => {
      const body = dashboardBody(
        input(4, (own) => own + text),
        MANY,
      );
      expect(structure(body)).toEqual(structure(plainly));
      expect(cellCounts(body)).toEqual(cellCounts(plainly));
      expect(prose(body).replace("#7", "").replace("#9", "")).not.toMatch(/@[a-z0-9]|#\d|https?:|www\./i);
      expect(html(body)).not.toMatch(/<(a|img|script|h1)\b/);
    }),
    { numRuns: 40 },
  );
});

test("the budget holds with hundreds of snoozes, and what is cut is counted", () => {
  const many = input(900);
  const held = many.reports.flatMap(({ plan }) => plan.header.held);
  const notes = held.map((one, index) =>
    note([one], { pull: index + 1, reason: "long reason ".repeat(40), how: "command" }),
  );
  const body = dashboardBody({ ...many, snoozes: snoozesAt(notes, NOW) });
  expect(bytes(body)).toBeLessThanOrEqual(DASHBOARD_BYTES);
  expect(body).toContain("899 fixes are put off");
  expect(body).toMatch(/_showing \d+ of 899 snoozes_/);
  expect(bytes(dashboardBody({ ...many, snoozes: snoozesAt(notes, NOW) }, 2_500))).toBeLessThanOrEqual(2_500);
});
