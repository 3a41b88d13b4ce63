import type { GraceNote, GraceStage, JournalNote } from "../types/journal.ts";
import type { Coverage, Finding } from "../types/scan.ts";
import type { Postponed } from "./build.ts";
import { seconds } from "./calls.ts";
import type { ExceptionScope } from "./exceptions.ts";

/** The end is near when so little is left, or a quarter of the grace where that is less. */
const ENDING_MS = 3 * 86_400_000;

/** A failing finding whose policy has a grace, and that no exception covers. */
export interface InGrace {
  readonly finding: Finding;
  /** As the policy says it: `14d`. */
  readonly grace: string;
  /** ISO 8601: when a scan first saw it fail, and from when its fix is proposed. */
  readonly since: string;
  readonly until: string;
  readonly stage: Exclude<GraceStage, "cleared">;
}

export interface Grace {
  /** By ID of the finding, in the order of the findings. */
  readonly findings: ReadonlyMap<string, InGrace>;
  /** IDs of findings whose clock runs, and of which this scan says nothing: a gap, or a narrowed run. */
  readonly unseen: ReadonlySet<string>;
  /** What this scan adds to the journal, sorted; none where nothing entered a stage. */
  readonly notes: readonly GraceNote[];
}

export interface GraceInput {
  /** What the journal says; of other matters too. */
  readonly notes: readonly JournalNote[];
  readonly scan: { readonly findings: readonly Finding[]; readonly coverage: Pick<Coverage, "gaps"> };
  readonly scope: ExceptionScope;
  /** When the scan began, ISO 8601. */
  readonly now: string;
  readonly run: string;
}

/**
 * Where each finding stands in its policy's grace. It is counted from the first scan that saw the finding fail, to the millisecond, whatever the
 * grace was then: a changed one counts from the same time, a lost journal starts anew, and a finding that is new always waits. It ends with a
 * verdict that the resource does not fail, with the resource itself, or with the policy, and only where a scan saw so for certain. An exception neither
 * starts nor stops it; while one holds, no further stage is entered. Pure.
 */
export function graceOf(input: GraceInput): Grace {
  const { scan, scope, now, run } = input;
  const clocks = clocksOf(input.notes);
  const runs = new Map(scope.scanned.map((one) => [placeOf(one.policy.file.id, one.account.id), one]));
  const findings = new Map<string, InGrace>();
  const entered: Entered[] = [];
  for (const finding of scan.findings) {
    const clock = clocks.get(finding.id);
    if (finding.status !== "fail" || finding.excepted !== undefined) continue;
    const { grace, mode, policy } = runs.get(placeOf(finding.policy, finding.account)) ?? {};
    if (grace === undefined || mode === "report" || policy?.remediation === undefined) continue;
    const since = clock?.since ?? Date.parse(now);
    const until = since + seconds(grace) * 1000;
    const stage = stageOf(until, seconds(grace) * 1000, Date.parse(now));
    findings.set(finding.id, { finding, grace, since: isoOf(since), until: isoOf(until), stage });
    if (clock === undefined) entered.push({ stage: "started", finding: finding.id, of: finding });
    else if (stage !== "started" && !clock.noted.has(stage) && !clock.noted.has("ended"))
      entered.push({ stage, finding: finding.id, of: finding });
  }
  const cleared = clearedBy(input, clocks);
  for (const [id, clock] of cleared) entered.push({ stage: "cleared", finding: id, of: clock });
  const seen = new Set(scan.findings.map(({ id }) => id));
  const unseen = new Set([...clocks.keys()].filter((id) => !seen.has(id) && !cleared.has(id)));
  return { findings, unseen, notes: notesOf(entered, now, run) };
}

/** Why an item is not proposed yet: its grace is not over. */
export function waitingBy({ findings }: Pick<Grace, "findings">): Postponed {
  return (_, { id }) => {
    const known = findings.get(id);
    if (known === undefined || known.stage === "ended") return undefined;
    const { grace, since, until } = known;
    const words = `first seen ${minuteOf(since)}, may be proposed from ${minuteOf(until, "later")}`;
    return { outcome: "waiting", reason: `in its grace of ${grace}: ${words}` };
  };
}

/** `2026-03-01 06:30 UTC`; `later`: the next full minute, so that what is promised is never too early. */
export function minuteOf(time: string, round: "earlier" | "later" = "earlier"): string {
  const minutes = Date.parse(time) / 60_000;
  const iso = isoOf((round === "later" ? Math.ceil(minutes) : Math.floor(minutes)) * 60_000);
  return `${iso.slice(0, -8).replace("T", " ")} UTC`;
}

function stageOf(until: number, length: number, now: number): InGrace["stage"] {
  if (now >= until) return "ended";
  return until - now <= Math.min(length / 4, ENDING_MS) ? "ending" : "started";
}

/** A finding's grace as the journal tells it; there is none where it never started, or was cleared. */
interface Clock {
  /** Milliseconds since 1970. */
  readonly since: number;
  readonly policy: string;
  readonly account: string;
  /** The stages that were entered since. */
  readonly noted: Set<GraceStage>;
}

/** From times alone, not from the order of lines: runs may write theirs in any order. Whatever is in doubt starts the clock later. */
function clocksOf(notes: readonly JournalNote[]): ReadonlyMap<string, Clock> {
  const dated = notes.flatMap((note) => {
    const at = Date.parse(note.at);
    return note.record === "grace" && Number.isFinite(at) ? [{ ...note, at }] : [];
  });
  const cleared = new Map<string, number>();
  for (const { stage, at, findings } of dated) {
    for (const id of stage === "cleared" ? findings : [])
      cleared.set(id, Math.max(at, cleared.get(id) ?? Number.NEGATIVE_INFINITY));
  }
  const clocks = new Map<string, Clock>();
  const after = (id: string, at: number): boolean => at > (cleared.get(id) ?? Number.NEGATIVE_INFINITY);
  for (const { stage, at, findings, policy, account } of dated) {
    for (const id of stage === "started" ? findings : []) {
      if (!after(id, at) || at < (clocks.get(id)?.since ?? Number.NEGATIVE_INFINITY)) continue;
      clocks.set(id, { since: at, policy, account, noted: new Set() });
    }
  }
  for (const { stage, at, findings } of dated) {
    for (const id of findings) if (after(id, at)) clocks.get(id)?.noted.add(stage);
  }
  return clocks;
}

/** Findings whose clock this scan saw end. What it could not look at, or was not to look at, goes on. */
function clearedBy({ scan, scope }: GraceInput, clocks: ReadonlyMap<string, Clock>): ReadonlyMap<string, Clock> {
  const statuses = new Map(scan.findings.map(({ id, status }) => [id, status]));
  const configured = new Set(scope.configured.map(({ policy, account }) => placeOf(policy.file.id, account.id)));
  const scanned = new Set(scope.scanned.map(({ policy, account }) => placeOf(policy.file.id, account.id)));
  const gaps = new Set(
    scan.coverage.gaps.flatMap(({ account, policies }) => policies.map((policy) => placeOf(policy, account))),
  );
  const whole = scope.allRegions && scanned.size === configured.size;
  const isOver = ([id, { policy, account }]: readonly [string, Clock]): boolean => {
    const status = statuses.get(id);
    // A verdict is definite however little else was read.
    if (status !== undefined) return status === "pass" || status === "out_of_scope";
    const place = placeOf(policy, account);
    if (!configured.has(place)) return whole;
    return scope.allRegions && scanned.has(place) && !gaps.has(place);
  };
  return new Map([...clocks].filter(isOver));
}

interface Entered {
  readonly stage: GraceStage;
  readonly finding: string;
  readonly of: { readonly policy: string; readonly account: string };
}

function notesOf(entered: readonly Entered[], at: string, run: string): GraceNote[] {
  const groups = Map.groupBy(entered, ({ stage, of }) => JSON.stringify([stage, of.policy, of.account]));
  return [...groups]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([, own]) => {
      const [first] = own;
      if (first === undefined) return [];
      const { policy, account } = first.of;
      const findings = own.map(({ finding }) => finding).sort();
      return [{ record: "grace" as const, at, run, stage: first.stage, policy, account, findings }];
    });
}

function placeOf(policy: string, account: string): string {
  return `${policy} ${account}`;
}

function isoOf(ms: number): string {
  return new Date(ms).toISOString();
}
