import fc from "fast-check";
import { expect, test } from "vitest";
import type { Grace, InGrace } from "../../src/plan/grace.ts";
import {
  type GraceNotice,
  noticeComment,
  noticeMarkdown,
  noticeMarker,
  noticeVerdict,
  untoldNotices,
} from "../../src/report/grace-notice.ts";
import { bytes } from "../../src/text/markdown.ts";
import type { GraceNote, JournalNote } from "../../src/types/journal.ts";
import { cellCounts, html, prose, structure } from "../text/github-markdown.ts";
import { hostileText } from "../text/hostile.ts";
import { finding } from "./sample.ts";

const POLICY = "s3_bucket_public_access_block";
const ACCOUNT = "111111111111";
const SINCE = "2026-03-01T06:30:00.000Z";
const UNTIL = "2026-03-15T06:30:00.000Z";

function row(number: number, stage: InGrace["stage"] = "started", twist?: (text: string) => string): InGrace {
  return { finding: finding(number, "fail", POLICY, twist), grace: "14d", since: SINCE, until: UNTIL, stage };
}

function graceWith(rows: readonly InGrace[], unseen: readonly string[] = []): Pick<Grace, "findings" | "unseen"> {
  return { findings: new Map(rows.map((one) => [one.finding.id, one])), unseen: new Set(unseen) };
}

function note(stage: GraceNote["stage"], rows: readonly InGrace[], at = SINCE, run = "1-1"): GraceNote {
  return {
    record: "grace",
    at,
    run,
    stage,
    policy: POLICY,
    account: ACCOUNT,
    findings: rows.map((one) => one.finding.id),
  };
}

const told = (...notices: readonly GraceNotice[]): JournalNote => ({
  record: "told",
  at: SINCE,
  run: "1-1",
  notices: notices.map(({ key }) => key),
});

test("each run's stages are one notice, until it is noted that it was given; the most urgent first", () => {
  const [over, ending, first] = [row(1, "ended"), row(2, "ending"), row(3)];
  const grace = graceWith([first, ending, over]);
  const notes = [note("ending", [ending]), note("started", [first]), note("ended", [over])];
  const [notice, ...more] = untoldNotices(notes, grace);
  expect(more).toEqual([]);
  expect(notice?.rows).toEqual([over, ending, first]);
  // The same notes are the same notice, in whatever order they stand and whatever became of the findings.
  expect(untoldNotices(notes.toReversed(), graceWith([]))[0]?.key).toBe(notice?.key);
  if (notice === undefined) throw new Error("no notice");
  expect(untoldNotices([...notes, told(notice)], grace)).toEqual([]);
  const next = untoldNotices(
    [...notes, told(notice), note("ended", [ending], UNTIL, "2-1")],
    graceWith([row(2, "ended")]),
  );
  expect(next.map(({ rows }) => rows.length)).toEqual([1]);
  expect(next[0]?.key).not.toBe(notice.key);
});

test("what moved on since a killed run is left to the later notice, and what was cleared to none", () => {
  const grace = graceWith([row(1, "ended")]);
  const notes = [note("started", [row(1), row(2)]), note("ended", [row(1)], UNTIL, "2-1"), note("cleared", [row(2)])];
  expect(untoldNotices(notes, grace).map(({ rows }) => rows.map(({ stage }) => stage))).toEqual([[], ["ended"]]);
});

test("a notice that speaks of what this run did not look at waits for one that does", () => {
  const notes = [note("started", [row(1)]), note("started", [row(2)], UNTIL, "2-1")];
  expect(untoldNotices(notes, graceWith([row(2)], [row(1).finding.id])).map(({ at }) => at)).toEqual([UNTIL]);
  expect(untoldNotices(notes, graceWith([row(1), row(2)]))).toHaveLength(2);
});

test("a line whose time is broken, or that only clears, is no notice", () => {
  expect(untoldNotices([note("started", [row(1)], "then"), note("cleared", [row(2)])], graceWith([row(1)]))).toEqual(
    [],
  );
});

test("marker, verdict with numbers, what it means, and a row for each finding with the end of its grace", () => {
  const rows = [row(1, "ended"), row(2, "ending"), row(3, "ending"), row(4)];
  expect(noticeComment({ key: "0123456789abcdef", at: SINCE, rows })).toBe(
    [
      "<!-- evenkeel:grace v1 notice=0123456789abcdef -->",
      "",
      "## Grace: 1 over, 2 end soon, 1 first seen",
      "",
      "What is over may be fixed: a report proposes it from now on. What still waits is proposed by the first report after its grace, unless it is in order by then.",
      "",
      "| Stage | Policy | Account | Region | Resource | Grace ends |",
      "| --- | --- | --- | --- | --- | --- |",
      ...rows.map(
        ({ finding: { account, region, resource } }, index) =>
          `| ${["over", "ends soon", "ends soon", "first seen"][index]} | \`${POLICY}\` | \`${account}\` | \`${region}\` | \`${resource.id}\` | 2026-03-15 06:30 UTC |`,
      ),
      "",
    ].join("\n"),
  );
  expect(noticeMarkdown([row(4)])).not.toContain("What is over");
  expect(noticeVerdict([row(2, "ending")])).toBe("Grace: 1 ends soon");
});

test("twenty thousand findings fit into a comment, and what is left out is counted", () => {
  const rows = Array.from({ length: 20_000 }, (_, index) => row(index));
  const text = noticeComment({ key: "k", at: SINCE, rows });
  expect(bytes(text)).toBeLessThanOrEqual(60_000);
  expect(text.startsWith(`${noticeMarker("k")}\n`)).toBe(true);
  expect(text).toContain("## Grace: 20,000 first seen");
  expect(text).toMatch(/_showing \d+ of 20,000 findings_/);
});

test("whatever the resource is called, the structure is the same, nobody is mentioned, nothing is linked", () => {
  const of = (twist?: (text: string) => string) =>
    noticeComment({ key: "k", at: SINCE, rows: [row(1, "ended", twist), row(2, "started", twist)] }, 10_000_000);
  const [expected, cells] = [structure(of()), cellCounts(of())];
  fc.assert(
    fc.property(hostileText, (text) => {
      const body = of((own) => own + text);
      expect(structure(body)).toEqual(expected);
      expect(cellCounts(body)).toEqual(cells);
      expect(body.match(/<!--/g)).toHaveLength(1);
      expect(prose(body)).not.toMatch(/@[a-z0-9]|#\d|\bGH-\d|https?:|www\.|mailto:/i);
      expect(html(body)).not.toMatch(/<(a|img|script|h1)\b/);
    }),
    { numRuns: 40 },
  );
});
