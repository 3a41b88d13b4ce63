import { expect, test } from "vitest";
import { type ApprovedRow, approvedSection } from "../../src/report/approved-section.ts";
import { noOutcomes } from "../../src/types/outcome.ts";

const full = { diffs: 0, firstDiffs: 0, items: 0, first: 0, groups: 9, names: 0, gaps: 0, rows: 9, text: 300 };

function row(scope: string, change: Partial<ApprovedRow["approved"]> = {}, open?: number): ApprovedRow {
  const approved = {
    items: 2,
    tried: noOutcomes(),
    since: "2026-03-01T06:00:00Z",
    pullRequest: 4,
    expires: "2026-03-09T00:00:00Z",
    expired: false,
    overdue: false,
    ...change,
  };
  return { scope, approved, ...(open === undefined ? {} : { open }) };
}

const lines = (...rows: ApprovedRow[]) => approvedSection(rows, full).split("\n");

test("since when, by which pull request, until when; how the last try ended", () => {
  expect(approvedSection([], full)).toBe("");
  expect(lines(row("a"), row("b", { tried: { ...noOutcomes(), denied: 2 } })).slice(4)).toEqual([
    "| `a` | #4 | 2 | 2026-03-01 | may be applied until 2026-03-09 |",
    "| `b` | #4 | 2 | 2026-03-01 | may be applied until 2026-03-09; last try: 2 denied by AWS |",
  ]);
});

test("what is overdue comes first, in bold, with what may hold it back", () => {
  const text = lines(row("a"), row("late", { overdue: true, since: "2026-02-20T00:00:00Z" }));
  expect(text[4]).toBe("| `late` | #4 | 2 | 2026-02-20 | **overdue**; may be applied until 2026-03-09 |");
  expect(text.at(-1)).toContain("Overdue: approved more than 72 hours ago. A change window, a freeze, the stop switch");
});

test("what expired says where it is proposed anew, and is not called overdue", () => {
  const expired = { expired: true, overdue: true };
  expect(lines(row("a", expired, 9), row("b", expired)).slice(4)).toEqual([
    "| `a` | #4 | 2 | 2026-03-01 | **expired** on 2026-03-09; proposed anew in #9 |",
    "| `b` | #4 | 2 | 2026-03-01 | **expired** on 2026-03-09; proposed anew by the next report |",
  ]);
});
