import fc from "fast-check";
import { expect, test } from "vitest";
import { seconds } from "../../src/plan/calls.ts";
import { type Grace, type GraceInput, graceOf, minuteOf, waitingBy } from "../../src/plan/grace.ts";
import { firstOf } from "../../src/plan/postponed.ts";
import type { GraceNote, JournalNote } from "../../src/types/journal.ts";
import type { Finding, FindingStatus, Gap } from "../../src/types/scan.ts";
import { finding, run } from "../preview/made.ts";
import { bucketItem } from "../report/sample.ts";

const P = "s3_bucket_versioning";
const A = "111111111111";
const B = "222222222222";
const DAY = 86_400_000;
const START = Date.parse("2026-03-01T06:30:15.250Z");

const graceful = (account: string, grace: string | undefined, mode: "report" | "approve" = "approve", policy = P) => ({
  ...run(policy, account, { mode, remediation: {} }),
  ...(grace === undefined ? {} : { grace }),
});

interface Look {
  readonly at?: number;
  readonly notes?: readonly JournalNote[];
  readonly findings: readonly Finding[];
  readonly gaps?: readonly Gap[];
  readonly configured?: readonly ReturnType<typeof graceful>[];
  readonly scanned?: readonly ReturnType<typeof graceful>[];
  readonly allRegions?: boolean;
}

function look({ at = START, notes = [], findings, gaps = [], allRegions = true, ...scope }: Look): Grace {
  const configured = scope.configured ?? [graceful(A, "14d")];
  const input: GraceInput = {
    notes,
    scan: { findings, coverage: { gaps } },
    scope: { configured, scanned: scope.scanned ?? configured, allRegions },
    now: new Date(at).toISOString(),
    run: `run-${at}`,
  };
  return graceOf(input);
}

const gapOf = (account: string, ...policies: string[]): Gap => ({
  account,
  region: "us-east-1",
  type: "s3.bucket",
  operation: "s3:ListBuckets",
  code: "AccessDenied",
  message: "no",
  remedy: undefined,
  resources: undefined,
  policies,
});

const fails = (account = A, id = "logs") => finding(P, account, id, "fail");
const brief = (notes: readonly GraceNote[]) => notes.map(({ stage, findings }) => [stage, findings.length]);

/** Scans at these times, each after what those before noted. */
function over(times: readonly number[], by: (at: number) => Omit<Look, "at" | "notes">) {
  let notes: readonly JournalNote[] = [];
  return times.map((at) => {
    const grace = look({ at, notes, ...by(at) });
    notes = [...notes, ...grace.notes];
    return { grace, notes };
  });
}

const reason = (grace: Grace, of: Finding) => waitingBy(grace)(bucketItem(1), of)?.reason;

test("from first seen by way of its last days to its end, to the millisecond; each stage is noted once", () => {
  const end = START + 14 * DAY;
  const times = [START, START + DAY, end - 3 * DAY - 1, end - 3 * DAY, end - DAY, end - 1, end, end + DAY];
  const runs = over(times, () => ({ findings: [fails()] }));
  expect(runs.map(({ grace }) => brief(grace.notes))).toEqual([
    [["started", 1]],
    [],
    [],
    [["ending", 1]],
    [],
    [],
    [["ended", 1]],
    [],
  ]);
  expect(runs.map(({ grace }) => reason(grace, fails()) === undefined)).toEqual(times.map((at) => at >= end));
  expect(runs[0]?.grace.notes).toEqual([
    {
      record: "grace",
      at: "2026-03-01T06:30:15.250Z",
      run: `run-${START}`,
      stage: "started",
      policy: P,
      account: A,
      findings: [fails().id],
    },
  ]);
  expect(runs[1] && waitingBy(runs[1].grace)(bucketItem(1), fails())).toEqual({
    outcome: "waiting",
    reason: "in its grace of 14d: first seen 2026-03-01 06:30 UTC, may be proposed from 2026-03-15 06:31 UTC",
  });
});

test("a short grace nears its end with its last quarter", () => {
  const configured = [graceful(A, "4h")];
  const hour = 3_600_000;
  const runs = over([START, START + 3 * hour - 1, START + 3 * hour, START + 4 * hour], () => ({
    findings: [fails()],
    configured,
  }));
  expect(runs.map(({ grace }) => brief(grace.notes))).toEqual([[["started", 1]], [], [["ending", 1]], [["ended", 1]]]);
});

test("without a grace, in mode report, without a remediation or excepted, nothing waits and nothing is noted", () => {
  const excepted = { reason: "r", owner: "o", expires: "2026-12-31", file: "e.yaml", line: 1 };
  const looks = [
    look({ findings: [fails()], configured: [graceful(A, undefined)] }),
    look({ findings: [fails()], configured: [graceful(A, "14d", "report")] }),
    look({ findings: [fails()], configured: [{ ...run(P, A, { mode: "approve" }), grace: "14d" }] }),
    look({ findings: [{ ...fails(), excepted }] }),
    look({ findings: (["pass", "unknown", "out_of_scope"] as const).map((status) => finding(P, A, status, status)) }),
  ];
  for (const grace of looks) expect([grace.notes, grace.findings.size]).toEqual([[], 0]);
});

test("an exception neither starts nor stops the clock, and enters no stage", () => {
  const excepted = { reason: "r", owner: "o", expires: "2026-12-31", file: "e.yaml", line: 1 };
  const times = [START, START + DAY, START + 20 * DAY, START + 21 * DAY];
  const runs = over(times, (at) => ({
    findings: [at === START + DAY || at === START + 20 * DAY ? { ...fails(), excepted } : fails()],
  }));
  expect(runs.map(({ grace }) => brief(grace.notes))).toEqual([[["started", 1]], [], [], [["ended", 1]]]);
  const fresh = over([START, START + 20 * DAY], (at) => ({
    findings: [at === START ? { ...fails(), excepted } : fails()],
  }));
  expect(fresh.map(({ grace }) => brief(grace.notes))).toEqual([[], [["started", 1]]]);
});

test.each(["pass", "out_of_scope"] as const)(
  "%s ends the clock, also where others could not be read; failing again starts it anew",
  (status) => {
    const runs = over([START, START + 13 * DAY, START + 14 * DAY, START + 15 * DAY], (at) => ({
      findings: [at === START + 13 * DAY ? finding(P, A, "logs", status) : fails()],
      gaps: at === START + 13 * DAY ? [gapOf(A, P)] : [],
    }));
    expect(runs.map(({ grace }) => brief(grace.notes))).toEqual([
      [["started", 1]],
      [["cleared", 1]],
      [["started", 1]],
      [],
    ]);
    expect(runs[2]?.grace.findings.get(fails().id)?.until).toBe(new Date(START + 28 * DAY).toISOString());
  },
);

test("what is gone is cleared by a complete look at its policy and account, whatever is missing elsewhere, and by nothing less", () => {
  const configured = [graceful(A, "14d"), graceful(B, "14d"), graceful(A, "14d", "approve", "other_thing")];
  const [one, two, other] = configured;
  if (one === undefined || two === undefined || other === undefined) throw new Error("three");
  const { notes } = look({ findings: [fails()], configured });
  const later = (more: Omit<Look, "findings">) => {
    const grace = look({ at: START + DAY, notes, findings: [], configured, ...more });
    // What goes on is said to be out of sight.
    expect(grace.unseen.size).toBe(grace.notes.length === 0 ? 1 : 0);
    return brief(grace.notes);
  };
  const cleared = [["cleared", 1]];
  expect(later({})).toEqual(cleared);
  expect(later({ gaps: [gapOf(B, P), gapOf(A, "other_thing")] })).toEqual(cleared);
  expect(later({ scanned: [one] })).toEqual(cleared);
  expect(later({ gaps: [gapOf(A, "other_thing", P)] })).toEqual([]);
  expect(later({ scanned: [two, other] })).toEqual([]);
  expect(later({ scanned: [one], allRegions: false })).toEqual([]);
  // The policy is out: only a run that looks at everything speaks for the configuration.
  expect(later({ configured: [two, other] })).toEqual(cleared);
  expect(later({ configured: [two, other], scanned: [two] })).toEqual([]);
  expect(later({ configured: [two, other], allRegions: false })).toEqual([]);
});

test("an unknown verdict and a gap stop nothing and start nothing", () => {
  const times = [START, START + DAY, START + 2 * DAY, START + 14 * DAY];
  const runs = over(times, (at) => {
    if (at === START + DAY) return { findings: [finding(P, A, "logs", "unknown")], gaps: [gapOf(A, P)] };
    return at === START + 2 * DAY ? { findings: [], gaps: [gapOf(A, P)] } : { findings: [fails()] };
  });
  expect(runs.map(({ grace }) => brief(grace.notes))).toEqual([[["started", 1]], [], [], [["ended", 1]]]);
});

test("a grace that is changed counts from the same first sight; one taken away and put back goes on, unless the finding passed", () => {
  const { notes } = look({ findings: [fails()] });
  const until = (grace: string | undefined) =>
    look({ at: START + DAY, notes, findings: [fails()], configured: [graceful(A, grace)] });
  expect(until("2d").findings.get(fails().id)?.until).toBe(new Date(START + 2 * DAY).toISOString());
  expect(until("30d").findings.get(fails().id)?.until).toBe(new Date(START + 30 * DAY).toISOString());
  expect(brief(until("1d").notes)).toEqual([["ended", 1]]);
  const none = until(undefined);
  expect([none.findings.size, none.notes]).toEqual([0, []]);
  const passed = look({
    at: START + DAY,
    notes,
    findings: [finding(P, A, "logs", "pass")],
    configured: [graceful(A, undefined)],
  });
  expect(brief(passed.notes)).toEqual([["cleared", 1]]);
});

test("what ended waits again under a longer grace, and is not told of twice", () => {
  const times = [START, START + 2 * DAY, START + 3 * DAY, START + 29 * DAY, START + 30 * DAY];
  const runs = over(times, (at) => ({
    findings: [fails()],
    configured: [graceful(A, at <= START + 2 * DAY ? "2d" : "30d")],
  }));
  expect(runs.map(({ grace }) => brief(grace.notes))).toEqual([[["started", 1]], [["ended", 1]], [], [], []]);
  expect(runs.map(({ grace }) => reason(grace, fails()) === undefined)).toEqual([false, true, false, false, true]);
});

test("a lost or broken journal starts the clock anew, and a clock that is ahead waits", () => {
  const { notes } = look({ findings: [fails()] });
  const late = { at: START + 14 * DAY, findings: [fails()] };
  expect(reason(look({ ...late, notes }), fails())).toBeUndefined();
  expect(reason(look(late), fails())).toContain("first seen 2026-03-15");
  expect(reason(look({ ...late, notes: notes.map((note) => ({ ...note, at: "then" })) }), fails())).toContain(
    "first seen 2026-03-15",
  );
  expect(reason(look({ at: START - DAY, notes, findings: [fails()] }), fails())).toContain("first seen 2026-03-01");
});

test("a re-created resource of the same name is a new finding", () => {
  const { notes } = look({ findings: [fails()] });
  const made = { ...fails(), id: "f".repeat(32) };
  const grace = look({ at: START + 14 * DAY, notes, findings: [made] });
  expect(brief(grace.notes)).toEqual([
    ["cleared", 1],
    ["started", 1],
  ]);
  expect(reason(grace, made)).toBeDefined();
});

test("the first reason counts", () => {
  const grace = look({ findings: [fails()] });
  const snoozed = () => ({ outcome: "snoozed" as const, reason: "later" });
  const item = bucketItem(1);
  expect(firstOf(waitingBy(grace), snoozed)(item, fails())?.outcome).toBe("waiting");
  expect(firstOf(snoozed, waitingBy(grace))(item, fails())?.outcome).toBe("snoozed");
  expect(firstOf(waitingBy(grace))(item, fails(B))).toBeUndefined();
});

test("times in words are never too early", () => {
  expect(minuteOf("2026-03-01T06:30:00.000Z", "later")).toBe("2026-03-01 06:30 UTC");
  expect(minuteOf("2026-03-01T23:59:00.001Z", "later")).toBe("2026-03-02 00:00 UTC");
  expect(minuteOf("2026-03-01T06:30:59.999Z")).toBe("2026-03-01 06:30 UTC");
});

/** One run of a random history: when it looked, at which accounts, with which gaps, and what it met. */
interface Step {
  readonly wait: number;
  readonly accounts: readonly string[];
  readonly gap: readonly string[];
  readonly statuses: Readonly<Record<string, FindingStatus | "gone">>;
  readonly grace: string;
}

const IDS = ["a", "b", "c"];
const places = [A, B].flatMap((account) => IDS.map((id) => ({ account, id, key: `${account} ${id}` })));
const accountsOf = fc.constantFrom([A], [B], [A, B]);
const stepOf: fc.Arbitrary<Step> = fc.record({
  wait: fc.integer({ min: 1, max: 4 * DAY }),
  accounts: accountsOf,
  gap: fc.constantFrom([], [], [], [A], [B]),
  statuses: fc.record(
    Object.fromEntries(
      places.map(({ key }) => [
        key,
        fc.constantFrom<FindingStatus | "gone">(
          "fail",
          "fail",
          "fail",
          "fail",
          "pass",
          "unknown",
          "out_of_scope",
          "gone",
        ),
      ]),
    ),
  ),
  grace: fc.constantFrom("1d", "3d", "7d", "7d", "7d"),
});

/** What a run of the step sees: nothing of accounts it does not look at, and half of one with a gap. */
function seen({ accounts, gap, statuses }: Step): { findings: Finding[]; gaps: Gap[] } {
  const findings = places.flatMap(({ account, id, key }) => {
    const status = statuses[key] ?? "gone";
    if (!accounts.includes(account) || status === "gone" || (gap.includes(account) && id === "c")) return [];
    return [finding(P, account, id, status)];
  });
  const unread = findings.filter(({ status }) => status === "unknown").map(({ account }) => account);
  return { findings, gaps: [...new Set([...gap, ...unread])].map((account) => gapOf(account, P)) };
}

function play(steps: readonly Step[], shuffle: (notes: readonly JournalNote[]) => readonly JournalNote[] = (n) => n) {
  let at = START;
  let notes: readonly JournalNote[] = [];
  return steps.map((step) => {
    at += step.wait;
    const configured = [graceful(A, step.grace), graceful(B, step.grace)];
    const scanned = configured.filter(({ account }) => step.accounts.includes(account.id));
    const grace = look({ at, notes: shuffle(notes), ...seen(step), configured, scanned });
    notes = [...notes, ...grace.notes];
    return { at, step, grace };
  });
}

test("whatever happened: nothing is proposed before its time, each stage is noted once between clears, and partial scans change nothing", () => {
  fc.assert(
    fc.property(fc.array(stepOf, { maxLength: 25 }), (steps) => {
      const runs = play(steps);
      for (const { account, id } of places) {
        const key = finding(P, account, id, "fail").id;
        // The streak as an onlooker keeps it who sees what the scans saw.
        let first: number | undefined;
        let stages: string[] = [];
        for (const { at, step, grace } of runs) {
          const { findings, gaps } = seen(step);
          const mine = findings.find((one) => one.id === key);
          const looked = step.accounts.includes(account) && !gaps.some((gap) => gap.account === account);
          if (mine?.status === "pass" || mine?.status === "out_of_scope" || (mine === undefined && looked))
            first = undefined;
          const noted = grace.notes.filter((note) => note.findings.includes(key)).map(({ stage }) => stage);
          if (mine?.status === "fail") {
            const isNew = first === undefined;
            first ??= at;
            const proposed = waitingBy(grace)(bucketItem(1), mine) === undefined;
            expect(proposed).toBe(at >= first + seconds(step.grace) * 1000);
            expect(noted.includes("started")).toBe(isNew);
            if (proposed) expect([...stages, ...noted]).toContain("ended");
          } else expect(noted.filter((stage) => stage !== "cleared")).toEqual([]);
          if (noted.includes("cleared")) stages = [];
          stages.push(...noted.filter((stage) => stage !== "cleared"));
          expect(new Set(stages).size).toBe(stages.length);
        }
      }
    }),
    { numRuns: 300 },
  );
});

test("the order of the lines in the journal makes no difference", () => {
  fc.assert(
    fc.property(fc.array(stepOf, { maxLength: 15 }), fc.infiniteStream(fc.nat()), (steps, random) => {
      const shuffle = (notes: readonly JournalNote[]) =>
        notes
          .map((note) => ({ note, by: random.next().value ?? 0 }))
          .sort((a, b) => a.by - b.by)
          .map(({ note }) => note);
      const plain = play(steps).map(({ grace }) => [grace.notes, [...grace.findings]]);
      expect(play(steps, shuffle).map(({ grace }) => [grace.notes, [...grace.findings]])).toEqual(plain);
    }),
    { numRuns: 100 },
  );
});

test("two runs at once: whichever writes last, nothing comes too early", () => {
  const both = fc.record({ first: fc.integer({ min: 0, max: DAY }), second: fc.integer({ min: 0, max: DAY }) });
  fc.assert(
    fc.property(both, fc.boolean(), ({ first, second }, passes) => {
      const { notes } = look({ findings: [fails()] });
      // Both read the same journal; one of them may have seen it pass.
      const a = look({ at: START + first, notes, findings: [finding(P, A, "logs", passes ? "pass" : "fail")] });
      const b = look({ at: START + second, notes, findings: [fails()] });
      const after = look({ at: START + 14 * DAY, notes: [...notes, ...b.notes, ...a.notes], findings: [fails()] });
      expect(reason(after, fails()) === undefined).toBe(!passes);
    }),
  );
});
