import { code, details, fence, htmlCode, htmlInline, inline, markdownTable } from "../text/markdown.ts";
import { clipped, count } from "../text/plain.ts";
import type { HeldItem, PlanItem } from "../types/plan.ts";
import type { Coverage } from "../types/scan.ts";
import type { Change } from "./diff.ts";
import { gapPlace, hidden } from "./findings.ts";
import type { Detail } from "./ladder.ts";
import type { PolicyInfos } from "./options.ts";
import { heldGroups } from "./plan.ts";
import { callWords, changesOf, undoWords, valueWords, wholeChange } from "./values.ts";
import { plural, resourcesAndRisk, shownOf } from "./words.ts";

/** Sections that the Markdown reports share. Each gives Markdown without a line break at its end, or "" where it has nothing to say. */

/** Differences shown of one item, and characters of one value. */
const CHANGES = 40;
const VALUE = 300;

/** "_showing 10 of 1,240 resources_", or nothing. */
export function shownNote(shown: number, total: number, what: string): string {
  const words = shownOf(Math.min(shown, total), total, what);
  return words === "" ? "" : `_${words}_`;
}

/** Joins what is there with blank lines between. */
export function blocks(...parts: readonly string[]): string {
  return parts.filter((part) => part !== "").join("\n\n");
}

/** Lines of a `diff` block: what was with `-`, what will be with `+`. */
export function diffLines(changes: readonly Change[]): string[] {
  const lines = changes.slice(0, CHANGES).flatMap(({ path, before, after }) => {
    const name = clipped(path, VALUE);
    const was = before === undefined ? [] : [`- ${name}: ${clipped(valueWords(before), VALUE)}`];
    const is = after === undefined ? [] : [`+ ${name}: ${clipped(valueWords(after), VALUE)}`];
    return [...was, ...is];
  });
  const note = shownOf(Math.min(CHANGES, changes.length), changes.length, "differences");
  return note === "" ? lines : [...lines, `  (${note}; the plan file holds all)`];
}

/** What can not be taken back, or not whole; "" where all of it can. */
function undoNote(item: PlanItem, detail: Detail): string {
  const { note, calls } = undoWords(item);
  if (note === undefined) return "";
  const words = (item.undo_note ?? "the remediation has none").replace(/\.$/, "");
  return `**${calls.length === 0 ? "No undo" : "Undo is partial"}:** ${inline(words, detail.text)}.`;
}

/** One item: where and why on a line; with its differences, calls and undo where these are wanted. `told`: its undo is spoken of above. */
export function itemMarkdown(item: PlanItem, withDiff: boolean, detail: Detail, told = false): string {
  const where = `${code(item.resource.id, detail.text)} in ${code(item.account)}, ${code(item.region)}`;
  const whole = wholeChange(item);
  const undo = undoWords(item);
  const note = told ? "" : undoNote(item, detail);
  const line = `- ${where}: ${inline(item.reason, detail.text)}${whole === undefined ? "" : `; **${whole}**`}.${note === "" ? "" : ` ${note}`} Item ${code(item.id.slice(0, 12))}`;
  if (!withDiff) return line;
  const calls = item.calls.map(
    (call) => `  ${call.reads === true ? "read" : "call"} ${clipped(callWords(call), VALUE * 2)}`,
  );
  const back = undo.calls.map((call) => `  undo ${clipped(callWords(call), VALUE * 2)}`);
  return `${line}\n\n${indented(fence([...diffLines(changesOf(item)), ...calls, ...back], "diff"))}`;
}

/** Inside a list item. */
function indented(text: string): string {
  return text
    .split("\n")
    .map((line) => `  ${line}`)
    .join("\n");
}

export interface ItemGroup {
  readonly policy: string;
  readonly items: readonly PlanItem[];
}

/** Items of one policy and remediation together, in the order of their first. */
export function itemGroups(items: readonly PlanItem[]): ItemGroup[] {
  return [
    ...Map.groupBy(items, ({ policy, remediation, impact, cost }) =>
      JSON.stringify([policy, remediation, impact, cost]),
    ).values(),
  ].map((group) => ({
    policy: group[0]?.policy ?? "",
    items: group,
  }));
}

/** Words of a remediation's author, who may have left the full stop out. */
function sentence(text: string, max: number): string {
  const words = inline(text, max);
  return /[.!?…]$/.test(words) ? words : `${words}.`;
}

/** Consequence and cost, which all items of a remediation share. */
function consequence(item: PlanItem | undefined, detail: Detail): string {
  if (item === undefined) return "";
  const impact = item.impact === "" ? "" : `Impact: ${sentence(item.impact, detail.text * 2)}`;
  const cost = item.cost === "" ? "" : `Cost: ${sentence(item.cost, detail.text * 2)}`;
  return [impact, cost].filter((part) => part !== "").join(" ");
}

/** So many resources stand open where the words above them have said what matters. */
const OPEN = 3;

/** What all of these would leave behind, where it is the same for all, and nothing of them is destroyed or stays for good. */
function sharedUndo(items: readonly PlanItem[], detail: Detail): string | undefined {
  const notes = new Set(items.map((item) => undoNote(item, detail)));
  const grave = items.some(({ risk, undo }) => risk === "destructive" || undo.length === 0);
  const [note] = notes;
  return grave || notes.size !== 1 ? undefined : note;
}

/**
 * What the reader must have seen: destructive items and those that cannot be taken back, each of them, never folded; and what can be taken back
 * in part only, where it is enough to see once what stays. Of a long list of such resources the rest is folded.
 */
export function firstSection(items: readonly PlanItem[], policies: PolicyInfos, detail: Detail): string {
  if (items.length === 0) return "";
  const shown = items.slice(0, detail.first);
  const withDiff = new Set(shown.slice(0, detail.firstDiffs));
  const groups = itemGroups(shown).map(({ policy, items: of }) => {
    const title = policies.get(policy)?.title;
    const head = `**${code(policy)}**${title === undefined ? "" : ` ${inline(title)}`} (${resourcesAndRisk(of)})`;
    const shared = sharedUndo(of, detail);
    const list = of.map((item) => itemMarkdown(item, withDiff.has(item), detail, shared !== undefined)).join("\n");
    const folded = shared !== undefined && of.length > OPEN;
    return blocks(
      head,
      `${consequence(of[0], detail)} ${shared ?? ""}`.trim(),
      folded ? details(plural(of.length, "resource"), list) : list,
    );
  });
  return blocks(
    "### Look at these first: destructive, or hard to undo",
    ...groups,
    shownNote(shown.length, items.length, "of these changes"),
    diffsNote(withDiff.size, items.length),
  );
}

/** A resource that is listed without what would change is told as such. */
function diffsNote(shown: number, listed: number): string {
  return shown >= listed
    ? ""
    : `_showing what changes in ${count(shown)} of ${plural(listed, "resource")}; the plan file holds all_`;
}

/** All other items, folded by policy. */
export function itemSections(items: readonly PlanItem[], policies: PolicyInfos, detail: Detail): string {
  if (items.length === 0) return "";
  if (detail.items === 0)
    return `### Changes\n\n_showing 0 of ${count(items.length)} changes here; the plan file holds all_`;
  const groups = itemGroups(items).map(({ policy, items: of }) => {
    const title = policies.get(policy)?.title;
    const summary = `${htmlCode(policy)}${title === undefined ? "" : ` ${htmlInline(title)}`}: ${resourcesAndRisk(of)}`;
    const shown = of.slice(0, detail.items);
    const list = shown.map((item, index) => itemMarkdown(item, index < detail.diffs, detail)).join("\n");
    const notes = [
      shownNote(shown.length, of.length, "resources"),
      diffsNote(Math.min(detail.diffs, shown.length), of.length),
    ];
    return details(summary, blocks(consequence(of[0], detail), list, ...notes));
  });
  return blocks("### Changes", ...groups);
}

/** What was left out, and why. */
export function heldSection(held: readonly HeldItem[], detail: Detail): string {
  if (held.length === 0) return "";
  const groups = heldGroups(held);
  const rows = groups.slice(0, detail.groups).map(({ policy, outcome, reason, items }) => {
    const names = items.slice(0, detail.names).map(({ resource }) => code(resource.id, 80));
    const more =
      items.length > names.length ? (names.length === 0 ? "" : ` and ${count(items.length - names.length)} more`) : "";
    return [code(policy), outcome, count(items.length), inline(reason, detail.text), names.join(", ") + more];
  });
  const heads = ["Policy", "Outcome", "Resources:", "Why", ...(detail.names === 0 ? [] : ["Which"])];
  const cells = detail.names === 0 ? rows.map((row) => row.slice(0, 4)) : rows;
  return blocks(
    `### Left out: ${plural(held.length, "fix", "fixes")} held back`,
    rows.length === 0 ? "" : markdownTable(heads, cells),
    shownNote(detail.groups, groups.length, "groups"),
  );
}

/** What was looked at, and what was not. */
export function coverageSection(
  coverage: Omit<Coverage, "gaps" | "calls"> & { readonly gaps: Coverage["gaps"] | number },
  detail: Detail,
): string {
  const { accounts, regions, resources, gaps } = coverage;
  const number = typeof gaps === "number" ? gaps : gaps.length;
  const scanned =
    `${count(accounts.scanned)} of ${plural(accounts.total, "account")}, ${count(regions.scanned)} of ${plural(regions.total, "region")} (counted by account), ` +
    `${plural(resources, "resource")}; ${plural(coverage.findings.unknown, "verdict")} unknown.`;
  if (number === 0) return blocks("### Coverage", scanned);
  const warning = `**${plural(number, "gap")}: what is behind ${number === 1 ? "it" : "them"} is neither passing nor failing.**`;
  if (typeof gaps === "number") return blocks("### Coverage", scanned, warning);
  const rows = gaps
    .slice(0, detail.gaps)
    .map((gap) => [
      gap.operation === "" ? "reading" : code(gap.operation),
      code(gap.code, 80),
      `${inline(gapPlace(gap))}; ${hidden(gap)}`,
      gap.remedy === undefined ? code(gap.message, detail.text) : inline(gap.remedy, detail.text),
    ]);
  return blocks(
    "### Coverage",
    scanned,
    warning,
    rows.length === 0 ? "" : markdownTable(["Operation", "Error", "Where", "What would mend it"], rows),
    shownNote(detail.gaps, number, "gaps"),
  );
}
