import type { Applied } from "../apply/apply.ts";
import { code, details, fence, inline, markdownTable, marker } from "../text/markdown.ts";
import { count } from "../text/plain.ts";
import type { Outcome, OutcomeCode } from "../types/outcome.ts";
import type { Plan } from "../types/plan.ts";
import { type Detail, fitting } from "./ladder.ts";
import { blocks, diffLines, shownNote } from "./markdown-parts.ts";
import { gateSection, type Trust, trustFoot } from "./trust.ts";
import { driftChanges } from "./values.ts";
import { OUTCOME_WORDS, outcomeIsGood, outcomeSum, outcomeVerdict, plural } from "./words.ts";

/** GitHub was seen to take more than its documented 65,536 characters; nothing relies on that. */
export const COMMENT_BYTES = 55_000;

/** Lines to copy, for one advice. */
const LINES = 20;

/** The hidden first line of the comment that says how applying a plan went. `digest`: the plan's, whole or its first twelve characters. */
export function resultMarker(digest: string): string {
  return marker("result", { plan: digest.slice(0, 12) });
}

/** The comment on a merged report: how each approved change ended, what to do now, how to take it back, and on what it all rests. */
export function resultComment(
  applied: Applied,
  plan: Plan,
  budget: number = COMMENT_BYTES,
  trust: Trust | undefined = undefined,
): string {
  return fitting(
    budget,
    (detail) => `${blocks(resultMarker(applied.plan), resultMarkdown(applied, plan, detail, trust))}\n`,
  );
}

/** The same without the marker; without the plan, nothing can be said of what cannot be undone. */
export function resultMarkdown(
  applied: Applied,
  plan: Plan | undefined,
  detail: Detail,
  trust: Trust | undefined = undefined,
): string {
  const order: readonly string[] = Object.keys(OUTCOME_WORDS);
  const outcomes = [...applied.outcomes].sort((a, b) => order.indexOf(a.outcome) - order.indexOf(b.outcome));
  const bad = outcomes.filter(({ outcome }) => !outcomeIsGood(outcome));
  const good = outcomes.filter(({ outcome }) => outcomeIsGood(outcome));
  return blocks(
    `## ${outcomeVerdict(applied.counts)}`,
    `${code(outcomeSum(applied.counts))} (plan ${code(applied.plan.slice(0, 12))})`,
    trust === undefined ? "" : gateSection(trust.gate, detail),
    notDone(bad, detail),
    driftSection(bad, detail),
    nextSteps(bad),
    good.length === 0 ? "" : details(`${plural(good.length, "change")} done or not needed`, outcomeTable(good, detail)),
    undoSection(applied, plan, detail),
    trust === undefined ? "" : trustFoot(trust, detail),
  );
}

/** Many that ended alike (the gate, no approval) are one thing to know, not a hundred rows. */
const ALIKE = 5;

function notDone(outcomes: readonly Outcome[], detail: Detail): string {
  const [first] = outcomes;
  if (first === undefined) return "";
  const alike = outcomes.every(({ outcome, reason }) => outcome === first.outcome && reason === first.reason);
  const table = outcomeTable(outcomes, detail);
  if (!alike || outcomes.length <= ALIKE) return blocks("### Not done", table);
  const all = `All ${count(outcomes.length)} ended **${first.outcome}**: ${inline(first.reason, detail.text)}`;
  return blocks("### Not done", all, details(plural(outcomes.length, "change"), table));
}

export function outcomeTable(outcomes: readonly Outcome[], detail: Detail): string {
  // Rows are what this comment is for: as many as the table by policy of a report would have items.
  const shown = outcomes.slice(0, Math.max(detail.items, detail.first, detail.rows === 0 ? 0 : 5));
  const rows = shown.map(({ item, outcome, policy, resource, account, region, reason }) => [
    `**${outcome}**`,
    // One column for both: with two, the item's ID is out of sight on GitHub's page.
    `${code(policy, 120)}<br>${code(resource, Math.min(detail.text, 150))}`,
    `${code(account)} ${code(region)}`,
    inline(reason, detail.text),
    code(item.slice(0, 12)),
  ]);
  return blocks(
    rows.length === 0 ? "" : markdownTable(["Outcome", "Policy and resource", "Where", "Reason", "Item"], rows),
    shownNote(shown.length, outcomes.length, "outcomes"),
  );
}

/** For stale items: what the plan was made from (-) and what is there now (+). */
function driftSection(outcomes: readonly Outcome[], detail: Detail): string {
  const drifted = outcomes.filter(({ drift }) => drift !== undefined && Object.keys(drift).length > 0);
  if (drifted.length === 0) return "";
  const shown = drifted.slice(0, Math.max(detail.diffs, detail.firstDiffs));
  const each = shown.map(({ resource, drift = {} }) =>
    blocks(
      `${code(resource)}, as the plan saw it (\`-\`) and now (\`+\`):`,
      fence(diffLines(driftChanges(drift)), "diff"),
    ),
  );
  return blocks("### Changed since approval", ...each, shownNote(shown.length, drifted.length, "differences"));
}

/** Each advice once, with how many it is for. */
export function nextSteps(outcomes: readonly Outcome[]): string {
  const groups = Map.groupBy(outcomes, ({ outcome, next }) => JSON.stringify([outcome, next]));
  const lines = [...groups.values()].flatMap((group): string[] => {
    const [first] = group;
    return first === undefined || first.next === ""
      ? []
      : [`- ${first.outcome} (${count(group.length)}): ${inline(first.next)}${linesToAdd(group)}`];
  });
  const shown = lines.slice(0, 20);
  return lines.length === 0
    ? ""
    : blocks("### Next", shown.join("\n"), shownNote(shown.length, lines.length, "next steps"));
}

/** What has to be copied letter by letter. */
function linesToAdd(group: readonly Outcome[]): string {
  const lines = [...new Set(group.flatMap(({ add }) => add ?? []))];
  if (lines.length === 0) return "";
  const shown = lines.slice(0, LINES);
  const block = fence(shown, "json", 8_000).replace(/^/gm, "  ");
  return `\n\n${block}${shown.length < lines.length ? `\n\n  ${shownNote(shown.length, lines.length, "lines")}` : ""}`;
}

function undoSection({ plan: digest, outcomes, counts }: Applied, plan: Plan | undefined, detail: Detail): string {
  if (counts.applied === 0) return "";
  const short = digest.slice(0, 12);
  const how =
    `${code(`evenkeel undo --plan ${short}`)} plans the way back for everything applied here, ${code("evenkeel undo --item ID")} for one change. The undo is a plan like ` +
    "this one: it refuses to overwrite what others changed since.";
  const applied = new Set(outcomes.filter(({ outcome }) => outcome === APPLIED).map(({ item }) => item));
  const hard = (plan?.items ?? []).filter(
    ({ id, undo, undo_note }) => applied.has(id) && (undo.length === 0 || undo_note !== undefined),
  );
  // The remediation's own words, once for all that they are about.
  const groups = [
    ...Map.groupBy(hard, ({ undo, undo_note: note }) => JSON.stringify([undo.length === 0, note])).values(),
  ];
  const shown = groups.slice(0, detail.first);
  const lines = shown.map((items) => {
    const what = items[0]?.undo.length === 0 ? "cannot be taken back" : "can be taken back in part";
    // One name may stand for resources of several accounts and regions.
    const all = [...new Set(items.map(({ resource }) => resource.id))];
    const names = all.slice(0, NAMED).map((id) => code(id, 150));
    const more = all.length > names.length ? ` and ${count(all.length - names.length)} more` : "";
    const note = inline((items[0]?.undo_note ?? "the remediation has no undo").replace(/\.$/, ""), detail.text);
    return `- ${plural(items.length, "change")} ${what}: ${note} (${names.join(", ")}${more})`;
  });
  return blocks(
    "### To take it back",
    how,
    lines.join("\n"),
    shownNote(shown.length, groups.length, "reasons why changes cannot be taken back whole"),
  );
}

const APPLIED: OutcomeCode = "applied";
/** Of many resources of one kind, so many are named: the reason is what counts, and the plan has them all. */
const NAMED = 3;
