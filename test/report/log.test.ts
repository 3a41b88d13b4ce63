import fc from "fast-check";
import { expect, test } from "vitest";
import type { ApprovalRecord } from "../../src/github/approval-record.ts";
import { approvalWords, logJson, logText } from "../../src/report/log.ts";
import { logEntries, matching } from "../../src/report/log-entries.ts";
import type { JournalRecord, OutcomeCode } from "../../src/types/outcome.ts";
import type { PlanItem } from "../../src/types/plan.ts";
import { hostileText } from "../text/hostile.ts";
import { bucketItem } from "./sample.ts";
import { expectFit } from "./terminal.ts";

const PLAN = "41ab09cd77e1".padEnd(64, "0");
const COMMIT = `commit/${"c".repeat(40)}`;
const wide = { width: 120, colour: false };

interface Where {
  readonly at: string;
  readonly run?: string;
  readonly plan?: string;
  readonly approval?: string;
}
const base = ({ at, run = "evenkeel-7-1", plan = PLAN, approval = COMMIT }: Where) => ({
  at: `2026-03-0${at}.000Z`,
  run,
  plan,
  approval,
});
const intent = (item: PlanItem, where: Where): JournalRecord => ({ record: "intent", ...base(where), item });
const step = (item: PlanItem, name: string, where: Where): JournalRecord => ({
  record: "step",
  ...base(where),
  item: item.id,
  step: name,
  output: {},
  request_id: `REQ-${name}`,
});
const outcome = (item: PlanItem, code: OutcomeCode, reason: string, where: Where): JournalRecord => ({
  record: "outcome",
  ...base(where),
  item: item.id,
  outcome: code,
  reason,
});

const [one, two] = [bucketItem(1), bucketItem(2)];
const first = one.calls[0]?.step ?? "";
const RECORDS: readonly JournalRecord[] = [
  intent(one, { at: "1T06:00:00" }),
  intent(two, { at: "1T06:00:00" }),
  step(one, first, { at: "1T06:00:01" }),
  outcome(one, "applied", "reading again confirms it", { at: "1T06:00:02" }),
  // The run was cut off before the second; the next one finished it.
  intent(two, { at: "2T06:00:00", run: "evenkeel-8-1" }),
  outcome(two, "stale", "changed since", { at: "2T06:00:03", run: "evenkeel-8-1" }),
  // By hand, another plan.
  intent(one, { at: "3T06:00:00", run: "evenkeel-x", plan: "b".repeat(64), approval: "" }),
];

test("entries are told newest first, each with its run, calls and end", () => {
  const entries = logEntries(RECORDS);
  expect(entries.map(({ at, run, id, outcome: end }) => [at.slice(0, 10), run, id === one.id ? 1 : 2, end])).toEqual([
    ["2026-03-03", "evenkeel-x", 1, undefined],
    ["2026-03-02", "evenkeel-8-1", 2, "stale"],
    ["2026-03-01", "evenkeel-7-1", 1, "applied"],
    ["2026-03-01", "evenkeel-7-1", 2, undefined],
  ]);
  const [byHand, , applied, cut] = entries;
  expect(applied?.session).toBe("evenkeel-7-1-41ab09cd77e1");
  expect(applied?.calls.map(({ made }) => made?.requestId)).toEqual(
    one.calls.map(({ step: name }) => (name === first ? `REQ-${first}` : undefined)),
  );
  expect(applied?.began).toBe("2026-03-01T06:00:00.000Z");
  expect([byHand?.takenUpBy, applied?.takenUpBy, cut?.takenUpBy]).toEqual([undefined, undefined, "evenkeel-8-1"]);
});

test("trying again in the same run is another entry, and an outcome without an intent is one too", () => {
  const again = [
    ...RECORDS.slice(0, 4),
    intent(one, { at: "1T06:10:00" }),
    outcome(one, "already_ok", "", { at: "1T06:10:01" }),
  ];
  expect(logEntries(again).map(({ outcome: end }) => end)).toEqual(["already_ok", "applied", undefined]);
  const bare = logEntries([outcome(two, "denied", "no", { at: "1T06:00:00" })]);
  expect(bare).toMatchObject([{ item: undefined, calls: [], outcome: "denied" }]);
  expect(logText({ entries: bare, total: 1, approvals: new Map() }, wide)).toContain("holds no intent");
  expect(logEntries([])).toEqual([]);
});

test("filters: each leaves what it names, together they narrow, and what is not known matches nothing", () => {
  const entries = logEntries(RECORDS);
  const count = (filter: Parameters<typeof matching>[1]) => matching(entries, filter).length;
  expect(count({})).toBe(4);
  expect(count({ account: two.account })).toBe(2);
  expect(count({ account: "999999999999" })).toBe(0);
  expect(count({ policy: "s3_bucket_public_access_block" })).toBe(4);
  expect(count({ policy: "s3_*" })).toBe(4);
  expect(count({ policy: "s3" })).toBe(0);
  expect(count({ resource: one.resource.id })).toBe(2);
  expect(count({ resource: two.resource.arn })).toBe(2);
  expect(count({ resource: "acme-logs-*" })).toBe(4);
  expect(count({ item: ["ff", "zz"] })).toBe(0);
  expect(count({ item: [one.id] })).toBe(2);
  expect(count({ plan: "41ab" })).toBe(3);
  expect(count({ since: Date.parse("2026-03-02T00:00:00Z") })).toBe(2);
  expect(count({ plan: "41ab", since: Date.parse("2026-03-02T00:00:00Z") })).toBe(1);
  const bare = logEntries([outcome(two, "denied", "no", { at: "1T06:00:00" })]);
  expect(matching(bare, { account: two.account })).toEqual([]);
  expect(matching(bare, { item: [two.id] })).toHaveLength(1);
});

const RECORD: ApprovalRecord = {
  number: 12,
  url: "https://github.example/acme/policies/pull/12",
  mergedAt: "2026-03-01T05:59:00Z",
  mergedBy: "alice",
  approvedBy: ["bob", "carol"],
};

test("the text says who, what, when, how it ended and where CloudTrail has it", () => {
  const entries = logEntries(RECORDS);
  const text = logText({ entries, total: 4, approvals: new Map([[COMMIT, RECORD]]) }, wide);
  expect(text.split("\n")[0]).toBe("4 entries, newest first");
  expect(text).toContain(
    "2026-03-01 06:00:02Z  applied  s3_bucket_public_access_block  acme-logs-1  222222222222 eu-west-1",
  );
  expect(text.replace(/\s+/g, " ")).toContain(
    "pull request 12, approved by bob, carol, merged by alice 2026-03-01 05:59:00Z (https://github.example/acme/policies/pull/12)",
  );
  expect(text.replace(/\s+/g, " ")).toMatch(
    new RegExp(`${one.calls[0]?.call} .*\\(made 2026-03-01 06:00:01Z, request REQ-${first}\\)`),
  );
  expect(text).toContain("cut off; run evenkeel-8-1 took it up");
  expect(text).toContain("a person at a terminal");
  expect(text).toContain("nothing says how: it was cut off or is still under way");
  expect(text).toContain("role session evenkeel-7-1-41ab09cd77e1");
});

test("what is left out is counted", () => {
  const entries = logEntries(RECORDS);
  const text = logText({ entries: entries.slice(0, 3), total: 4, approvals: new Map() }, { ...wide, limit: 1 });
  expect(text.split("\n")[0]).toBe("3 of 4 entries, newest first");
  expect(text).toContain("showing 1 of 3 entries; --verbose shows all");
  expect(text).not.toContain("evenkeel-8-1");
  expect(logText({ entries, total: 4, approvals: new Map() }, { ...wide, limit: 1, verbose: true })).toContain(
    "evenkeel-7-1",
  );
  expect(logText({ entries: [], total: 4, approvals: new Map() }, wide)).toBe("None of 4 entries matches.\n");
  expect(logText({ entries: [], total: 0, approvals: new Map() }, wide)).toContain("empty");
});

test("every kind of approval has its words", () => {
  expect(approvalWords("", undefined)).toBe("a person at a terminal");
  expect(approvalWords(COMMIT, undefined)).toBe("the merge of commit cccccccccccc");
  expect(approvalWords("pull/12", undefined)).toBe("the merge of pull request 12");
  expect(approvalWords("pull/12", { ...RECORD, approvedBy: [], mergedBy: undefined })).toContain(
    "without a review, merged by somebody",
  );
  expect(approvalWords("policies at abc123, 2026-03-01", undefined)).toBe(
    "standing approval of the policies at abc123, 2026-03-01",
  );
  expect(approvalWords("something later", undefined)).toBe('approval "something later"');
});

test("the machine form is complete and leaves out what is not known", () => {
  const json = logJson({ entries: logEntries(RECORDS), total: 9, approvals: new Map([[COMMIT, RECORD]]) });
  expect(json).toMatchObject({
    version: 1,
    total: 9,
    entries: [
      { approval: "", item: one.id },
      {
        outcome: "stale",
        reason: "changed since",
        approved: { pull_request: 12, reviewers: ["bob", "carol"], merged_by: "alice" },
      },
      {
        outcome: "applied",
        resource: { id: "acme-logs-1" },
        session: "evenkeel-7-1-41ab09cd77e1",
        account: one.account,
      },
      { taken_up_by: "evenkeel-8-1" },
    ],
  });
  const text = JSON.stringify(json);
  expect(text).not.toContain("null");
  expect(text).toContain(`"made_at":"2026-03-01T06:00:01.000Z","request_id":"REQ-${first}"`);
});

test("hostile texts stay within their lines", () => {
  fc.assert(
    fc.property(hostileText, (text) => {
      const item = bucketItem(3, (own) => text + own);
      const records = [
        intent(item, { at: "1T06:00:00", run: text, approval: text }),
        step(item, text, { at: "1T06:00:01", run: text, approval: text }),
        outcome(item, "failed", text, { at: text, run: text, approval: text }),
      ];
      const approvals = new Map([[text, { ...RECORD, url: text, mergedAt: text, mergedBy: text, approvedBy: [text] }]]);
      const entries = logEntries(records);
      expectFit((width, colour) => logText({ entries, total: 1, approvals }, { width, colour }));
    }),
    { numRuns: 20 },
  );
});
