import { code, inline, marker } from "../text/markdown.ts";
import { count, plain } from "../text/plain.ts";
import type { ExceptionsState } from "../types/exception.ts";
import type { Plan, PlanHeader, PlanItem } from "../types/plan.ts";
import type { Coverage, Finding } from "../types/scan.ts";
import { leftToReportSection, type StandingState } from "./automatic-section.ts";
import { confirmSection } from "./confirm-markdown.ts";
import { exceptedSection } from "./exceptions-markdown.ts";
import { policyRows } from "./findings.ts";
import { type Detail, fitting } from "./ladder.ts";
import { blocks, coverageSection, firstSection, heldSection, itemSections, shownNote } from "./markdown-parts.ts";
import type { PolicyInfos } from "./options.ts";
import { byUrgency, planEffect, planVerdict, shortDigest } from "./plan.ts";
import { policyCell, tellingTable } from "./policy-table.ts";
import { waitingItems } from "./waiting.ts";
import { bySeverity, byText, plural, riskWords } from "./words.ts";

/** GitHub takes 65,536 characters of a pull request's body when it is made; the rest is for what is not ours. */
export const BODY_BYTES = 55_000;
const TITLE_CHARACTERS = 256;

export interface ReportInput {
  readonly plan: Plan;
  /** Where the plan file stands in the repository. */
  readonly planPath: string;
  /** The header of that file, where it is not the plan's own: an earlier run wrote it, and it says when the plan expires. */
  readonly header?: PlanHeader;
  /** The scan behind the plan; without it the plan's own counts are shown. */
  readonly scan?: {
    readonly coverage: Coverage;
    readonly findings?: readonly Finding[];
    readonly exceptions?: ExceptionsState;
  };
  readonly policies: PolicyInfos;
  /** `https://host/owner/repository`, for a link to the policies' commit; anything else is not linked. */
  readonly repositoryUrl?: string;
  /** How the plan is vouched for, in words. */
  readonly tier?: string;
  /** New items that are not in the plan, because somebody approved it as it is. */
  readonly waiting?: number;
  /** How long closing it without a merge puts off what it offers: `14d`. */
  readonly snooze?: string;
  /** What no automatic run will make of the items of automatic policies. */
  readonly standing?: Pick<StandingState, "left" | "who">;
  /** IDs of doctor's checks that may be wrong, by name. */
  readonly allowed?: readonly string[];
  /** What holds less with this run's token and server than it could, in sentences. */
  readonly weaker?: readonly string[];
}

/** The hidden first line of the report on `scope`, by which it is found again. */
export function reportMarker(scope: string): string {
  return marker("report", { scope });
}

/** `Fix 9 findings in payments, 2 disruptive [41ab09cd77e1]`; at most 256 characters, the digest always whole. */
export function reportTitle({ items, header }: Plan, scope: string = header.scope): string {
  const risks = riskWords(items.filter(({ risk }) => risk !== "safe"));
  const what =
    header.kind === "undo" ? `Undo ${plural(items.length, "change")}` : `Fix ${plural(items.length, "finding")}`;
  const end = `${risks === "" ? "" : `, ${risks}`} [${shortDigest({ header })}]`;
  const start = `${what} in `;
  // Titles are plain text, but they are quoted in mails and commit messages, where a mention would count.
  const place = plain(scope, TITLE_CHARACTERS).replace(/[@#]/g, "$&\u200b");
  const room = TITLE_CHARACTERS - start.length - end.length;
  return start + ([...place].length > room ? `${[...place].slice(0, room - 1).join("")}…` : place) + end;
}

/** The pull request's body. At most `budget` bytes: detail is given up step by step, and every list then says "showing N of M". */
export function reportBody(input: ReportInput, budget: number = BODY_BYTES): string {
  const { plan } = input;
  const head = reportMarker(plan.header.scope);
  return fitting(
    budget,
    (detail) =>
      `${blocks(
        head,
        planMarkdown(input, detail, "Merging this pull request"),
        newSince(input),
        confirmSection(plan, input.planPath, detail),
        declining(input),
        allowedLine(input),
        footer(input),
      )}\n`,
  );
}

/** A plan without what belongs to a pull request, for a step summary. */
export function planMarkdown(input: Omit<ReportInput, "planPath">, detail: Detail, doing: string): string {
  const { plan, policies, scan } = input;
  const items = byUrgency(plan.items);
  const declined = plan.header.items.length - items.length;
  const first = items.filter(needsEye);
  // The section on exceptions says more of them than that they were held back.
  const told = scan?.findings?.some((finding) => finding.excepted !== undefined) === true;
  const rest = items.filter((item) => !needsEye(item));
  return blocks(
    `## ${inline(planVerdict(plan), 1_000)}`,
    `**${planEffect(plan, doing)}**${declined > 0 ? ` ${plural(declined, "planned change")} ${declined === 1 ? "was" : "were"} declined.` : ""}`,
    policyTable(input, detail),
    leftToReportSection(input.standing, new Set(items.map(({ id }) => id)), detail),
    firstSection(first, policies, detail),
    itemSections(rest, policies, detail),
    heldSection(
      plan.header.held.filter(({ outcome }) => outcome !== "excepted" || !told),
      detail,
    ),
    exceptedSection({ ...scan, findings: scan?.findings ?? [] }, detail),
    plan.header.kind === "undo" && scan === undefined
      ? ""
      : coverageSection(scan?.coverage ?? plan.header.coverage, detail),
  );
}

/** Destructive, without an undo, or with one that does not restore everything. */
export function needsEye(item: PlanItem): boolean {
  return item.risk === "destructive" || item.undo.length === 0 || item.undo_note !== undefined;
}

function policyTable({ plan, policies, scan }: Omit<ReportInput, "planPath">, detail: Detail): string {
  const items = Map.groupBy(plan.items, ({ policy }) => policy);
  const held = Map.groupBy(plan.header.held, ({ policy }) => policy);
  const found = new Map(policyRows(scan?.findings ?? [], policies).map((row) => [row.policy, row]));
  const failing = [...found.values()]
    .filter(({ counts }) => counts.fail + counts.unknown > 0)
    .map(({ policy }) => policy);
  // What destroys stands apart from everything else, in a report of its own: there the rest would only be in the way.
  const apart = plan.items.length > 0 && plan.items.every(({ risk }) => risk === "destructive");
  const rows = [...new Set([...items.keys(), ...held.keys(), ...(apart ? [] : failing)])].map((policy) => {
    const own = items.get(policy) ?? [];
    const info = policies.get(policy);
    const severity = info?.severity ?? own[0]?.severity ?? found.get(policy)?.severity;
    return { policy, own, info, severity, counts: found.get(policy)?.counts, held: held.get(policy)?.length ?? 0 };
  });
  rows.sort(
    (a, b) =>
      bySeverity(a.severity ?? "info", b.severity ?? "info") ||
      b.own.length - a.own.length ||
      byText(a.policy, b.policy),
  );
  const counted = scan?.findings !== undefined;
  const cells = rows
    .slice(0, detail.rows)
    .map(({ policy, own, info, severity, counts, held: back }) => [
      policyCell(policy, info?.title, detail),
      severity ?? "",
      ...(counted ? [count(counts?.fail ?? 0), count(counts?.unknown ?? 0)] : []),
      own.length === 0 ? "0" : riskWords(own),
      count(back),
      inline(info?.mode ?? ""),
    ]);
  const heads = [
    "Policy",
    "Severity",
    ...(counted ? ["Fail:", "?Unknown:"] : []),
    plan.header.kind === "undo" ? "Undone here" : "Fixed here",
    "?Held back:",
    "?Mode",
  ];
  return blocks(tellingTable(heads, cells), shownNote(detail.rows, rows.length, "policies"));
}

function newSince({ waiting = 0 }: ReportInput): string {
  const words = waitingItems(waiting);
  return words === ""
    ? ""
    : blocks("### New since the approval", `${inline(words)}. A critical one would not have waited.`);
}

function declining({ planPath, plan, snooze }: ReportInput): string {
  if (plan.items.length === 0) return "";
  const closing =
    snooze === undefined
      ? "Closing this pull request declines everything for now."
      : `Closing this pull request without merging it puts everything in it off for ${inline(snooze)}; opening it again takes that back.`;
  return blocks(
    "### To decline a change",
    `Delete its line in ${code(planPath, 200)} on this branch; the line holds the item's ID. What is deleted is not applied. Edited or added lines ` +
      `are refused, and the plan with them. ${closing}`,
  );
}

/** Never silently: whoever approves has to know what the approval is not protected by. */
function allowedLine({ allowed = [] }: ReportInput): string {
  if (allowed.length === 0) return "";
  const which = allowed.map((id) => code(id)).join(", ");
  const one = allowed.length === 1;
  return `**Allowed though unsafe:** ${which}. Applying does not refuse where ${one ? "this check" : "these checks"} of ${code("evenkeel doctor")} ${one ? "is" : "are"} wrong.`;
}

function footer({ plan, planPath, repositoryUrl, tier, weaker = [], header = plan.header }: ReportInput): string {
  const linked =
    repositoryUrl !== undefined &&
    /^https:\/\/[\w.-]+(?::\d+)?\/[\w.-]+\/[\w.-]+$/.test(repositoryUrl) &&
    /^[0-9a-f]{40}$/.test(header.commit);
  const commit = linked
    ? `[${header.commit.slice(0, 12)}](${repositoryUrl}/commit/${header.commit})`
    : code(header.commit.slice(0, 12));
  const parts = [
    `Plan ${code(shortDigest({ header }))} in ${code(planPath, 200)}`,
    `expires ${inline(header.expires)}`,
    `engine ${code(header.engine, 40)}`,
    `catalogue ${code(header.catalogue.slice(0, 12))}`,
    ...(header.commit === "" ? [] : [`policies at ${commit}`]),
    ...(tier === undefined ? [] : [inline(tier)]),
  ];
  return blocks("---", `${parts.join("; ")}.`, ...weaker.map((words) => inline(words, 1_000)));
}
