import { planDigest } from "../plan/file.ts";
import { count } from "../text/plain.ts";
import type { HeldItem, Plan, PlanItem } from "../types/plan.ts";
import type { Coverage } from "../types/scan.ts";
import type { Change } from "./diff.ts";
import { coverageLines } from "./findings.ts";
import { Lines } from "./lines.ts";
import { limitOf, type TextOptions } from "./options.ts";
import type { Tone } from "./style.ts";
import { callWords, changesOf, undoWords, valueWords, wholeChange, writesOf } from "./values.ts";
import { bySeverity, byText, plural, RISK_ORDER, riskWords, shownOf } from "./words.ts";

/** The twelve characters by which people name a plan. */
export function shortDigest({ header }: Pick<Plan, "header">): string {
  return planDigest(header).slice(0, 12);
}

/** What applying a plan would do, item by item, for a terminal. `coverage`: that of the scan behind it. Ends with a line break. */
export function planText(plan: Plan, options: TextOptions & { readonly coverage?: Coverage }): string {
  const out = new Lines(options);
  const limit = limitOf(options);
  const { header } = plan;
  const items = byUrgency(plan.items);
  const declined = header.items.length - items.length;
  out.text(planVerdict(plan), { tone: items.some(({ risk }) => risk !== "safe") ? "warn" : "strong" });
  out.text(planEffect(plan));
  for (const [index, item] of items.slice(0, limit).entries())
    itemLines(out, item, index + 1, options.verbose === true);
  if (items.length > limit) {
    out.blank();
    out.text(`${shownOf(limit, items.length, "changes")}; --verbose shows all`, { tone: "warn" });
  }
  heldLines(out, header.held, limit);
  if (options.coverage !== undefined) coverageLines(out, options.coverage, limit);
  out.heading("Plan");
  out.labelled("digest", shortDigest(plan), { indent: 2 });
  out.labelled("expires", header.expires, { indent: 2 });
  if (declined > 0)
    out.labelled(
      "left out",
      `${plural(declined, "line")} of the plan ${declined === 1 ? "was" : "were"} deleted by a reviewer`,
      { indent: 2 },
    );
  return out.toString();
}

/** `9 changes in payments: 2 disruptive, 7 safe`. */
export function planVerdict({ header, items }: Plan): string {
  const what = header.kind === "undo" ? "change to take back" : "change";
  const risks = riskWords(items);
  const held = header.held.length + (header.held_more ?? 0);
  return `${plural(items.length, what, what.replace("change", "changes"))} in ${header.scope}${risks === "" ? "" : `: ${risks}`}${held === 0 ? "" : `; ${count(held)} held back`}`;
}

/** What applying means, in one sentence. */
export function planEffect({ items }: Plan, doing = "Applying this plan"): string {
  if (items.length === 0) return `${doing} changes nothing.`;
  const places = new Set(items.map(({ account }) => account)).size;
  return (
    `${doing} makes ${plural(writesOf(items), "AWS call")} that ${writesOf(items) === 1 ? "changes" : "change"} ${plural(items.length, "resource")} in ` +
    `${plural(places, "account")}; each is read again first, and left alone if it is not as planned from.`
  );
}

/** What is worst, and what cannot be taken back, first. */
export function byUrgency(items: readonly PlanItem[]): PlanItem[] {
  return [...items].sort(
    (a, b) =>
      RISK_ORDER[a.risk] - RISK_ORDER[b.risk] ||
      Math.min(1, a.undo.length) - Math.min(1, b.undo.length) ||
      bySeverity(a.severity, b.severity) ||
      byText(a.policy, b.policy) ||
      byText(a.account, b.account) ||
      byText(a.region, b.region) ||
      byText(a.resource.id, b.resource.id) ||
      byText(a.id, b.id),
  );
}

/** Changes shown of one item, and characters of one value, unless everything is asked for. */
const CHANGES = 40;
const VALUE = 200;

function itemLines(out: Lines, item: PlanItem, number: number, verbose: boolean): void {
  out.blank();
  const risk: Tone = item.risk === "safe" ? "good" : item.risk === "disruptive" ? "warn" : "bad";
  out.text(`${number}. ${item.policy} (${item.severity}, ${item.risk})  [${item.id.slice(0, 12)}]`, {
    tone: risk,
    hang: 3,
  });
  out.text(`${item.resource.type} ${item.resource.id}  ${item.account} ${item.region}`, {
    indent: 3,
    tone: "strong",
    hang: 2,
  });
  if (item.resource.arn !== "") out.labelled("arn", item.resource.arn);
  out.labelled("why", item.reason);
  const whole = wholeChange(item);
  if (whole !== undefined) out.labelled("change", whole, { tone: "bad" });
  changeLines(out, changesOf(item), verbose);
  for (const call of item.calls)
    out.labelled(call.reads === true ? "read" : "call", callWords(call), { max: VALUE * 2 });
  const undo = undoWords(item);
  for (const call of undo.calls) out.labelled("undo", callWords(call), { max: VALUE * 2, tone: "dim" });
  if (undo.note !== undefined) out.labelled(undo.calls.length === 0 ? "undo" : "but", undo.note, { tone: "warn" });
  if (item.impact !== "") out.labelled("impact", item.impact, { max: 1_000 });
  if (item.cost !== "") out.labelled("cost", item.cost, { max: 1_000 });
}

/** A line for each change that has both sides on it; where that is too long, one for each side. */
export function changeLines(out: Lines, changes: readonly Change[], verbose: boolean, indent = 3): void {
  const shown = verbose ? changes : changes.slice(0, CHANGES);
  for (const { path, before, after } of shown) {
    const [was, is] = [out.safe(valueWords(before), VALUE), out.safe(valueWords(after), VALUE)];
    const name = out.safe(path, VALUE);
    if (before === undefined) out.text(`+ ${name} = ${is}`, { indent, tone: "good", hang: 4, max: Infinity });
    else if (after === undefined) out.text(`- ${name} = ${was}`, { indent, tone: "bad", hang: 4, max: Infinity });
    else out.text(`~ ${name}: ${was} → ${is}`, { indent, tone: "warn", hang: 4, max: Infinity });
  }
  if (shown.length < changes.length)
    out.text(shownOf(shown.length, changes.length, "differences"), { indent, tone: "warn" });
}

function heldLines(out: Lines, held: readonly HeldItem[], limit: number): void {
  if (held.length === 0) return;
  out.heading(`Held back: ${count(held.length)}`);
  for (const group of heldGroups(held).slice(0, limit)) {
    out.text(`${group.policy}: ${plural(group.items.length, "resource")} ${group.outcome}: ${group.reason}`, {
      indent: 2,
      hang: 2,
    });
    const few = group.items.slice(0, Math.min(limit, 5));
    for (const { resource, account, region } of few)
      out.text(`${resource.id}  ${account} ${region}`, { indent: 4, tone: "dim", hang: 2 });
    const note = shownOf(few.length, group.items.length, "resources");
    if (note !== "") out.text(note, { indent: 4, tone: "dim" });
  }
  const note = shownOf(limit, heldGroups(held).length, "groups");
  if (note !== "") out.text(`${note}; --verbose shows all`, { indent: 2, tone: "warn" });
}

export interface HeldGroup {
  readonly policy: string;
  readonly outcome: HeldItem["outcome"];
  readonly reason: string;
  readonly items: readonly HeldItem[];
}

/** Held items of one policy and one cause together, the largest group first. */
export function heldGroups(held: readonly HeldItem[]): HeldGroup[] {
  return [...Map.groupBy(held, ({ policy, outcome, reason }) => JSON.stringify([policy, outcome, reason])).values()]
    .flatMap((items): HeldGroup[] => {
      const [first] = items;
      return first === undefined ? [] : [{ policy: first.policy, outcome: first.outcome, reason: first.reason, items }];
    })
    .sort((a, b) => b.items.length - a.items.length || byText(a.policy, b.policy) || byText(a.reason, b.reason));
}
