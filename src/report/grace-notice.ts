import { type Grace, type InGrace, minuteOf } from "../plan/grace.ts";
import { hash } from "../scan/finding.ts";
import { code, markdownTable, marker } from "../text/markdown.ts";
import { count } from "../text/plain.ts";
import type { GraceNote, GraceStage, JournalNote } from "../types/journal.ts";
import { fitting } from "./ladder.ts";
import { blocks, shownNote } from "./markdown-parts.ts";
import { byText } from "./words.ts";

/** What GitHub's comments are held to (src/github/comment.ts). */
const COMMENT_BYTES = 60_000;

/** What one run entered in the journal, and nobody was told yet. */
export interface GraceNotice {
  /** The same in every run: by it the comment is found again, and noted as given. */
  readonly key: string;
  /** ISO 8601: when the scan began; the notice cannot have been given before. */
  readonly at: string;
  /** Findings that are still in the stage they entered then, the most urgent first; what moved on or was cleared has nothing to say. */
  readonly rows: readonly InGrace[];
}

const ORDER: readonly InGrace["stage"][] = ["ended", "ending", "started"];
const STAGE_WORDS: Readonly<Record<InGrace["stage"], string>> = {
  ended: "over",
  ending: "ends soon",
  started: "first seen",
};

/**
 * Notices that were not given, oldest first: of this run, and of earlier ones that were killed before they could. One that speaks of what this scan
 * did not look at waits for a run that does.
 */
export function untoldNotices(notes: readonly JournalNote[], grace: Pick<Grace, "findings" | "unseen">): GraceNotice[] {
  const told = new Set(notes.flatMap((note) => (note.record === "told" ? note.notices : [])));
  const entered = notes.flatMap((note) => {
    const counts = note.record === "grace" && note.stage !== "cleared" && Number.isFinite(Date.parse(note.at));
    return counts ? [note] : [];
  });
  return [...Map.groupBy(entered, ({ at, run }) => JSON.stringify([at, run])).values()]
    .filter((own) => !own.some(({ findings }) => findings.some((id) => grace.unseen.has(id))))
    .map((own) => ({ key: keyOf(own), at: own[0]?.at ?? "", rows: rowsOf(own, grace) }))
    .filter(({ key }) => !told.has(key))
    .sort((a, b) => byText(a.at, b.at) || byText(a.key, b.key));
}

/** Whatever order the lines stand in. */
function keyOf(notes: readonly GraceNote[]): string {
  const lines = notes.map(({ at, run, stage, policy, account, findings }) => [
    at,
    run,
    stage,
    policy,
    account,
    ...findings,
  ]);
  return hash(lines.map((line) => hash(line)).sort()).slice(0, 16);
}

function rowsOf(notes: readonly GraceNote[], { findings }: Pick<Grace, "findings">): InGrace[] {
  const stages = new Map<string, GraceStage>(notes.flatMap((note) => note.findings.map((id) => [id, note.stage])));
  return [...stages]
    .flatMap(([id, stage]) => {
      const known = findings.get(id);
      return known?.stage === stage ? [known] : [];
    })
    .sort(
      (a, b) =>
        ORDER.indexOf(a.stage) - ORDER.indexOf(b.stage) ||
        byText(a.until, b.until) ||
        byText(a.finding.policy, b.finding.policy) ||
        byText(a.finding.account, b.finding.account) ||
        byText(a.finding.region, b.finding.region) ||
        byText(a.finding.resource.id, b.finding.resource.id) ||
        byText(a.finding.id, b.finding.id),
    );
}

/** `Grace: 2 over, 1 ends soon, 3 first seen`. */
export function noticeVerdict(rows: readonly InGrace[]): string {
  const parts = ORDER.map((stage) => ({ stage, number: rows.filter((row) => row.stage === stage).length }))
    .filter(({ number }) => number > 0)
    .map(({ stage, number }) => {
      return `${count(number)} ${stage === "ending" && number !== 1 ? "end soon" : STAGE_WORDS[stage]}`;
    });
  return `Grace: ${parts.join(", ")}`;
}

export function noticeMarker(key: string): string {
  return marker("grace", { notice: key });
}

/** The comment, marker first. At most `budget` bytes: rows that are left out are counted. */
export function noticeComment({ key, rows }: GraceNotice, budget: number = COMMENT_BYTES): string {
  const mark = noticeMarker(key);
  return `${mark}\n\n${noticeMarkdown(rows, budget - mark.length - 2)}`;
}

/** The same for a step's summary; ends with a line break. */
export function noticeMarkdown(rows: readonly InGrace[], budget: number = COMMENT_BYTES): string {
  return fitting(budget, (detail) => {
    const cells = rows.slice(0, detail.rows).map(({ finding: { policy, account, region, resource }, stage, until }) => [
      STAGE_WORDS[stage],
      code(policy, 120),
      code(account),
      code(region),
      code(resource.id, detail.text),
      // What is over may have ended some time before this run.
      minuteOf(until, "later"),
    ]);
    const heads = ["Stage", "Policy", "Account", "Region", "Resource", "Grace ends"];
    return `${blocks(
      `## ${noticeVerdict(rows)}`,
      effect(rows),
      cells.length === 0 ? "" : markdownTable(heads, cells),
      shownNote(cells.length, rows.length, "findings"),
    )}\n`;
  });
}

function effect(rows: readonly InGrace[]): string {
  const over = rows.some(({ stage }) => stage === "ended");
  const wait = rows.some(({ stage }) => stage !== "ended");
  return [
    ...(over ? ["What is over may be fixed: a report proposes it from now on."] : []),
    ...(wait
      ? ["What still waits is proposed by the first report after its grace, unless it is in order by then."]
      : []),
  ].join(" ");
}
