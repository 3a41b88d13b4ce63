import { declaredLosses, type Preview, totalsOf, type Verdict } from "../preview/preview.ts";
import { code, details, htmlCode, inline, markdownTable, marker } from "../text/markdown.ts";
import { count } from "../text/plain.ts";
import type { PlanItem } from "../types/plan.ts";
import type { Finding } from "../types/scan.ts";
import { VERSION } from "../version.ts";
import { needsEye } from "./body.ts";
import { type Detail, fitting } from "./ladder.ts";
import { blocks, coverageSection, firstSection, heldSection, itemSections, shownNote } from "./markdown-parts.ts";
import { byUrgency } from "./plan.ts";
import { policyCell, tellingTable } from "./policy-table.ts";
import {
  changeWords,
  guardWords,
  LOSS_WORDS,
  lossGroups,
  NOTHING_IN_AWS,
  type PreviewRow,
  previewEffect,
  previewRows,
  previewVerdict,
} from "./preview.ts";
import { plural, riskWords } from "./words.ts";

export const PREVIEW_MARKER = marker("preview");
/** What GitHub's comments are held to (src/github/comment.ts). */
const COMMENT_BYTES = 60_000;

/** The sticky comment: marker, verdict, what merging does, table by policy; the rest gives way before these do. */
export function previewComment(preview: Preview, verdict: Verdict, budget: number = COMMENT_BYTES): string {
  return fitting(budget, (detail) => `${blocks(PREVIEW_MARKER, previewMarkdown(preview, verdict, detail))}\n`);
}

/** The same for the step summary and the check. */
export function previewSummary(preview: Preview, verdict: Verdict, budget: number): string {
  return fitting(budget, (detail) => `${previewMarkdown(preview, verdict, detail)}\n`);
}

function previewMarkdown(preview: Preview, verdict: Verdict, detail: Detail): string {
  const { observed, baseless, notes } = preview;
  const added = observed?.plan.items.filter(({ id }) => observed.plan.added.has(id)) ?? [];
  const urgent = byUrgency(added);
  return blocks(
    `## ${inline(previewVerdict(preview), 1_000)}`,
    `**${NOTHING_IN_AWS}** ${inline(previewEffect(preview), 1_000)}`,
    verdict.reasons.length === 0
      ? ""
      : `**${verdict.conclusion === "failure" ? "Refused" : "Look"}:** ${verdict.reasons.map((one) => inline(one, 500)).join("; ")}.`,
    baseless === undefined ? "" : `_Nothing to compare with: ${inline(baseless, 500)}._`,
    notes.map((one) => `_${inline(one, 500)}_`).join("\n\n"),
    problemSection(preview, detail),
    testSection(preview, detail),
    policyTable(preview, detail),
    configSection(preview),
    lossSection(preview, detail),
    findingSections("Newly failing", preview, ({ newlyFailing }) => newlyFailing, detail),
    findingSections("No longer failing", preview, ({ noLongerFailing }) => noLongerFailing, detail),
    findingSections("Newly excepted", preview, ({ newlyExcepted }) => newlyExcepted, detail),
    remediationSection(preview, detail),
    fixes(urgent, preview, detail),
    heldSection(observed?.plan.held ?? [], detail),
    observed?.head === undefined ? "" : coverageSection(observed.head, detail),
    baseCoverage(preview),
    fileSection(preview, detail),
    footer(preview),
  );
}

/** What the next report would newly propose, in the words of a report; the plan file that these speak of is yet to be made. */
function fixes(urgent: readonly PlanItem[], { infos }: Preview, detail: Detail): string {
  const [first, rest] = [urgent.filter(needsEye), urgent.filter((item) => !needsEye(item))];
  const sections = blocks(firstSection(first, infos, detail), itemSections(rest, infos, detail));
  return sections.replaceAll("; the plan file holds all", "; the next report holds all");
}

function problemSection({ problems }: Preview, detail: Detail): string {
  if (problems.length === 0) return "";
  const shown = problems.slice(0, detail.first);
  const lines = shown.map(({ file, line, column, message, nearest }) => {
    const near = nearest === undefined ? "" : ` (did you mean ${code(nearest, 100)}?)`;
    return `- ${code(`${file}:${line}:${column}`, 200)}: ${inline(message, detail.text)}${near}`;
  });
  return blocks("### Problems", lines.join("\n"), shownNote(shown.length, problems.length, "problems"));
}

function testSection({ tests }: Preview, detail: Detail): string {
  const failed = tests.filter(({ failure }) => failure !== undefined);
  if (failed.length === 0) return tests.length === 0 ? "" : `${plural(tests.length, "policy test")} passed.`;
  const shown = failed.slice(0, detail.first);
  const lines = shown.map(({ policy, name, file, line, failure = "" }) => {
    return `- ${code(policy, 120)}: ${inline(name, detail.text)} (${code(`${file}:${line}`, 200)}): ${inline(failure, detail.text)}`;
  });
  return blocks(
    `### Policy tests: ${count(failed.length)} of ${count(tests.length)} fail`,
    lines.join("\n"),
    shownNote(shown.length, failed.length, "failing tests"),
  );
}

function policyTable(preview: Preview, detail: Detail): string {
  const rows = previewRows(preview);
  if (rows.length === 0) return "";
  const full = preview.observed !== undefined;
  const cells = rows
    .slice(0, detail.rows)
    .map((row) => [changedPolicy(preview, row, detail), row.severity, ...(full ? numbers(row) : []), inline(row.mode)]);
  const counted = ["Fails:", "Newly fails:", "?Stops failing:", "?Coverage lost:", "?Newly checked:", "Would fix"];
  const heads = ["Policy and change", "Severity", ...(full ? counted : []), "Mode"];
  return blocks(tellingTable(heads, cells), shownNote(detail.rows, rows.length, "policies"));
}

/** What became of a policy stands below what it asks. */
function changedPolicy({ infos }: Preview, { policy, change }: PreviewRow, detail: Detail): string {
  const words = changeWords(change);
  const cell = policyCell(policy, infos.get(policy)?.title ?? change?.title, detail);
  return words === "" ? cell : `${cell}<br><em>${inline(words, detail.text)}</em>`;
}

function numbers({ comparison, items }: PreviewRow): string[] {
  const loud = (number: number): string => (number === 0 ? "0" : `**${count(number)}**`);
  return [
    count(comparison?.head.fail ?? 0),
    loud(comparison?.newlyFailing.length ?? 0),
    count(comparison?.noLongerFailing.length ?? 0),
    loud(comparison?.lost.length ?? 0),
    count(comparison?.newlyChecked.length ?? 0),
    items.length === 0 ? "0" : riskWords(items),
  ];
}

function configSection({ config, observed }: Preview): string {
  const raised = observed?.plan.raised ?? config.guards.filter(({ base, head }) => head > base);
  const lines = config.what.map((one) => `- ${inline(one, 300)}`);
  const loud = raised.length === 0 ? "" : `**${raised.map((one) => inline(guardWords(one))).join("; ")}.**`;
  return lines.length === 0 ? "" : blocks("### Configuration", lines.join("\n"), loud);
}

function lossSection(preview: Preview, detail: Detail): string {
  const declared = declaredLosses(preview);
  const groups = lossGroups(preview.observed?.comparisons ?? []);
  if (declared.length === 0 && groups.length === 0) return "";
  const rows = groups.slice(0, Math.max(detail.groups, detail.rows === 0 ? 0 : 5)).map((group) => {
    const names = group.resources.slice(0, detail.names).map(({ finding: { resource } }) => code(resource.id, 80));
    const left = group.resources.length - names.length;
    const more = left > 0 && names.length > 0 ? ` and ${count(left)} more` : "";
    const why = `${LOSS_WORDS[group.cause]}${group.detail === "" ? "" : `: ${group.detail}`}`;
    const cells = [
      code(group.policy, 120),
      inline(why, detail.text),
      count(group.resources.length),
      count(group.failing),
    ];
    return detail.names === 0 ? cells : [...cells, names.join(", ") + more];
  });
  const heads = ["Policy", "Why", "Resources:", "Failing until now:", ...(detail.names === 0 ? [] : ["Which"])];
  const words = declared.slice(0, Math.max(5, Math.min(detail.groups, 50)));
  const number = totalsOf(preview).lost;
  return blocks(
    `### Coverage lost${preview.observed === undefined ? "" : `: ${plural(number, "resource")}`}`,
    words.map((one) => `- ${inline(one, detail.text)}`).join("\n"),
    shownNote(words.length, declared.length, "losses that the files declare"),
    rows.length === 0 ? "" : markdownTable(heads, rows),
    shownNote(rows.length, groups.length, "groups"),
  );
}

function findingSections(
  title: string,
  preview: Preview,
  of: (comparison: NonNullable<PreviewRow["comparison"]>) => readonly Finding[],
  detail: Detail,
): string {
  const groups = previewRows(preview).flatMap(({ policy, comparison }) => {
    const findings = comparison === undefined ? [] : of(comparison);
    return findings.length === 0 ? [] : [{ policy, findings }];
  });
  const total = groups.reduce((sum, { findings }) => sum + findings.length, 0);
  if (total === 0) return "";
  const heading = `### ${title}: ${count(total)}`;
  if (detail.items === 0) return blocks(heading, shownNote(0, total, "resources"));
  const folded = groups.map(({ policy, findings }) => {
    const shown = findings.slice(0, Math.min(detail.items, 500));
    const lines = shown.map(({ resource, account, region, reason, status }) => {
      const why = status === "fail" && reason !== "" ? `: ${inline(reason, detail.text)}` : "";
      return `- ${code(resource.id, detail.text)} in ${code(account)}, ${code(region)}${why}`;
    });
    const note = shownNote(shown.length, findings.length, "resources");
    return details(`${htmlCode(policy)}: ${plural(findings.length, "resource")}`, blocks(lines.join("\n"), note));
  });
  return blocks(heading, ...folded);
}

function remediationSection({ remediations }: Preview, detail: Detail): string {
  if (remediations.length === 0) return "";
  const shown = remediations.slice(0, Math.max(detail.groups, detail.rows === 0 ? 0 : 3));
  const lines = shown.map(({ id, title, risk, impact, cost, undo, policies }) => {
    const by = policies.map((one) => code(one, 120)).join(", ");
    const notes = [`Impact: ${inline(impact, detail.text * 2)}`, `Cost: ${inline(cost, detail.text * 2)}`];
    if (undo !== undefined) notes.push(`**Undo:** ${inline(undo, detail.text)}`);
    return `- ${code(id, 120)} ${inline(title, detail.text)} (${risk}; by ${by}). ${notes.join(" ")}`;
  });
  const note = shownNote(shown.length, remediations.length, "remediations");
  return blocks("### Newly used remediations", lines.join("\n"), note);
}

/** The head's coverage is shown whole; the base's only where it makes the comparison less than it seems. */
function baseCoverage({ observed }: Preview): string {
  const gaps = observed?.base?.gaps.length ?? 0;
  return gaps === 0 ? "" : `_The base has ${plural(gaps, "gap")} of its own: what is behind them is not compared._`;
}

function footer({ compared }: Preview): string {
  if (compared === undefined) return "";
  return `Compared: ${code(compared.base.slice(0, 12))} (base) with ${code(compared.head.slice(0, 12))} (as merged), engine ${code(VERSION, 40)}.`;
}

function fileSection({ files }: Preview, detail: Detail): string {
  if (files.length === 0) return "";
  const shown = files.slice(0, Math.min(detail.items, 100));
  const lines = shown.map(({ path, kind }) => `- ${code(path, 200)}: ${kind}`);
  const note = shownNote(shown.length, files.length, "files");
  return details(plural(files.length, "changed file"), blocks(lines.join("\n"), note));
}
