import { declaredLosses, type Preview, totalsOf, type Verdict } from "../preview/preview.ts";
import { count } from "../text/plain.ts";
import type { Finding } from "../types/scan.ts";
import { coverageLines, severityTone } from "./findings.ts";
import { Lines } from "./lines.ts";
import { limitOf, type TextOptions } from "./options.ts";
import { byUrgency, heldGroups } from "./plan.ts";
import {
  changeWords,
  LOSS_WORDS,
  lossGroups,
  NOTHING_IN_AWS,
  type PreviewRow,
  previewEffect,
  previewRows,
  previewVerdict,
} from "./preview.ts";
import { type Column, table } from "./table.ts";
import { callWords } from "./values.ts";
import { plural, riskWords, shownOf } from "./words.ts";

/** A preview for a terminal. Problems of the files are told by `problemsText`. Ends with a line break. */
export function previewText(preview: Preview, verdict: Verdict, options: TextOptions): string {
  const out = new Lines(options);
  const limit = limitOf(options);
  const { observed, config, baseless, notes, tests } = preview;
  const tone = verdict.conclusion === "failure" ? "bad" : verdict.conclusion === "neutral" ? "warn" : "good";
  out.text(previewVerdict(preview), { tone });
  out.text(`${NOTHING_IN_AWS} ${previewEffect(preview)}`);
  for (const reason of verdict.reasons)
    out.text(`${verdict.conclusion === "failure" ? "Refused" : "Look"}: ${reason}`, { tone, hang: 2, max: 500 });
  if (baseless !== undefined) out.text(`Nothing to compare with: ${baseless}`, { tone: "warn" });
  for (const one of notes) out.text(one, { tone: "warn" });
  const failed = tests.filter(({ failure }) => failure !== undefined);
  for (const { policy, name, file, line, failure = "" } of failed)
    out.text(`FAIL  ${policy}: ${name} (${file}:${line}): ${failure}`, { tone: "bad", hang: 6, max: 1_000 });
  policyLines(out, preview);
  if (config.what.length > 0) out.heading("Configuration");
  for (const one of config.what) out.text(one, { indent: 2, hang: 2 });
  lossLines(out, preview, limit);
  findingLines(out, "Newly failing", preview, ({ newlyFailing }) => newlyFailing, limit);
  findingLines(out, "No longer failing", preview, ({ noLongerFailing }) => noLongerFailing, limit);
  findingLines(out, "Newly excepted", preview, ({ newlyExcepted }) => newlyExcepted, limit);
  remediationLines(out, preview, limit);
  planLines(out, preview, limit);
  if (observed?.head !== undefined) coverageLines(out, observed.head, limit);
  return out.toString();
}

const NUMBERS: readonly Column[] = [
  { title: "Fails", align: "right" },
  { title: "New", align: "right", tone: (cell) => (cell === "0" ? "dim" : "bad") },
  { title: "Stops", align: "right" },
  { title: "Lost", align: "right", tone: (cell) => (cell === "0" ? "dim" : "bad") },
  { title: "Fixes", align: "right" },
];

function policyLines(out: Lines, preview: Preview): void {
  const rows = previewRows(preview);
  if (rows.length === 0) return;
  const full = preview.observed !== undefined;
  const columns: Column[] = [
    { title: "Policy", shrink: 1, least: 16 },
    { title: "Severity", cut: "end", tone: severityTone },
    ...(full ? NUMBERS : []),
    { title: "Mode", shrink: 2, least: 6, cut: "end" },
    { title: "Change", shrink: 3, least: 8, cut: "end" },
  ];
  const cells = rows.map(({ policy, severity, comparison, items, mode, change }) => [
    out.safe(policy, 120),
    severity,
    ...(full
      ? [
          comparison?.head.fail ?? 0,
          comparison?.newlyFailing.length ?? 0,
          comparison?.noLongerFailing.length ?? 0,
          comparison?.lost.length ?? 0,
          items.length,
        ].map(count)
      : []),
    mode,
    out.safe(changeWords(change)),
  ]);
  out.blank();
  out.ready(table(columns, cells, out.width, out.style));
}

function lossLines(out: Lines, preview: Preview, limit: number): void {
  const declared = declaredLosses(preview);
  const groups = lossGroups(preview.observed?.comparisons ?? []);
  if (declared.length + groups.length === 0) return;
  out.heading(
    preview.observed === undefined ? "Coverage lost" : `Coverage lost: ${plural(totalsOf(preview).lost, "resource")}`,
  );
  for (const one of declared) out.text(one, { indent: 2, tone: "bad", hang: 2 });
  for (const { policy, cause, detail, resources, failing } of groups.slice(0, limit)) {
    const why = `${LOSS_WORDS[cause]}${detail === "" ? "" : `: ${detail}`}`;
    out.text(`${policy}: ${plural(resources.length, "resource")}, ${failing} of them failing until now: ${why}`, {
      indent: 2,
      tone: "bad",
      hang: 2,
    });
    for (const { finding } of resources.slice(0, Math.min(limit, 5))) resource(out, finding);
    note(out, Math.min(limit, 5), resources.length, "resources", 4);
  }
  note(out, limit, groups.length, "groups", 2);
}

function findingLines(
  out: Lines,
  title: string,
  preview: Preview,
  of: (comparison: NonNullable<PreviewRow["comparison"]>) => readonly Finding[],
  limit: number,
): void {
  const groups = previewRows(preview).flatMap(({ policy, comparison }) => {
    const findings = comparison === undefined ? [] : of(comparison);
    return findings.length === 0 ? [] : [{ policy, findings }];
  });
  if (groups.length === 0) return;
  out.heading(`${title}: ${count(groups.reduce((sum, { findings }) => sum + findings.length, 0))}`);
  for (const { policy, findings } of groups) {
    out.text(policy, { indent: 2, tone: "accent" });
    for (const finding of findings.slice(0, limit)) resource(out, finding);
    note(out, limit, findings.length, "resources", 4);
  }
}

function resource(out: Lines, { resource: { id }, account, region, status, reason }: Finding): void {
  out.text(`${id}  ${account} ${region}${status === "fail" && reason !== "" ? `: ${reason}` : ""}`, {
    indent: 4,
    hang: 2,
    tone: "dim",
  });
}

function remediationLines(out: Lines, { remediations }: Preview, limit: number): void {
  if (remediations.length === 0) return;
  out.heading("Newly used remediations");
  for (const { id, title, risk, impact, cost, undo, policies } of remediations.slice(0, limit)) {
    out.text(`${id} (${risk}): ${title}; by ${policies.join(", ")}`, { indent: 2, hang: 2 });
    out.labelled("impact", impact, { indent: 4 });
    out.labelled("cost", cost, { indent: 4 });
    if (undo !== undefined) out.labelled("undo", undo, { indent: 4, tone: "warn" });
  }
  note(out, limit, remediations.length, "remediations", 2);
}

function planLines(out: Lines, { observed }: Preview, limit: number): void {
  if (observed === undefined) return;
  const { items, added, held } = observed.plan;
  const fresh = byUrgency(items.filter(({ id }) => added.has(id)));
  if (fresh.length > 0) out.heading(`New fixes: ${count(fresh.length)} (${riskWords(fresh)})`);
  for (const { resource: what, account, region, policy, calls } of fresh.slice(0, limit)) {
    out.text(`${what.id}  ${account} ${region}  ${policy}`, { indent: 2, hang: 2 });
    for (const call of calls) out.text(callWords(call), { indent: 4, hang: 2, tone: "dim" });
  }
  note(out, limit, fresh.length, "fixes", 2);
  if (held.length > 0) out.heading(`Held back: ${count(held.length)}`);
  const groups = heldGroups(held);
  for (const { policy, outcome, reason, items: of } of groups.slice(0, limit))
    out.text(`${policy}: ${plural(of.length, "resource")} ${outcome}: ${reason}`, { indent: 2, hang: 2 });
  note(out, limit, groups.length, "groups", 2);
}

function note(out: Lines, shown: number, total: number, what: string, indent: number): void {
  const words = shownOf(Math.min(shown, total), total, what);
  if (words !== "") out.text(`${words}; --verbose shows more`, { indent, tone: "warn" });
}
