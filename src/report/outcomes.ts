import type { Applied } from "../apply/apply.ts";
import type { Outcome, OutcomeCode } from "../types/outcome.ts";
import { Lines } from "./lines.ts";
import type { TextOptions } from "./options.ts";
import { changeLines } from "./plan.ts";
import type { Tone } from "./style.ts";
import { driftChanges } from "./values.ts";
import { outcomeIsGood, outcomeSum, outcomeVerdict } from "./words.ts";

/** How applying went: verdict, what did not go well in full, what did by policy (never cut: it is the record), the sum. Ends with a line break. */
export function outcomesText(applied: Applied, options: TextOptions): string {
  const out = new Lines(options);
  const bad = applied.outcomes.filter(({ outcome }) => !outcomeIsGood(outcome));
  out.text(`Plan ${applied.plan.slice(0, 12)}: ${outcomeVerdict(applied.counts)}`, {
    tone: bad.length === 0 ? "good" : "bad",
  });
  for (const alike of Map.groupBy(bad, badKey).values()) badLines(out, alike, options);
  const good = applied.outcomes.filter(({ outcome }) => outcomeIsGood(outcome));
  // Most good ends are alike: their words stand once, above the resources they are about.
  const alike = Map.groupBy(good, ({ outcome, policy, reason }) => `${outcome}  ${policy}\0${reason}`);
  for (const [key, ends] of [...alike].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const [head = "", reason = ""] = key.split("\0");
    out.blank();
    out.text(head, { tone: "good" });
    if (reason !== "") out.text(reason, { indent: 2, max: 600, tone: "dim" });
    for (const { resource, account, region, item } of ends) {
      out.text(`${resource}  ${account} ${region}  [${item.slice(0, 12)}]`, { indent: 4, hang: 2 });
    }
  }
  out.blank();
  if (applied.counts.applied > 0) {
    out.text(
      `Taken back by: evenkeel undo --plan ${applied.plan.slice(0, 12)}, or --item with what stands in [brackets]`,
      { tone: "dim" },
    );
  }
  out.text(outcomeSum(applied.counts), { tone: "strong" });
  return out.toString();
}

/** What ended alike is told once; drift is always told of each. */
function badKey({ item, outcome, policy, reason, next, drift }: Outcome): string {
  return [outcome, policy, reason, next, drift === undefined ? "" : item].join("\0");
}

function badLines(out: Lines, alike: readonly Outcome[], options: TextOptions): void {
  const [first] = alike;
  if (first === undefined) return;
  out.blank();
  for (const { item, outcome, policy, resource, account, region } of alike) {
    out.text(`${outcome.padEnd(13)} ${policy}  ${resource}  ${account} ${region}  [${item.slice(0, 12)}]`, {
      tone: outcomeTone(outcome),
      hang: 14,
    });
  }
  const { reason, next, drift } = first;
  if (reason !== "") out.text(reason, { indent: 14, max: 600 });
  if (drift !== undefined) changeLines(out, driftChanges(drift), options.verbose === true);
  if (next !== "") out.text(`next: ${next}`, { indent: 14, max: 600 });
  // Whole, however wide: it is there to be copied.
  out.ready(
    [...new Set(alike.flatMap(({ add }) => add ?? []))].map((line) => out.safe(line, 4_000)),
    14,
  );
}

function outcomeTone(code: OutcomeCode): Tone {
  if (outcomeIsGood(code)) return "good";
  return code === "failed" || code === "verify_failed" || code === "unknown" || code === "denied" ? "bad" : "warn";
}
