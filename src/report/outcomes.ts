import type { Applied } from "../apply/apply.ts";
import type { OutcomeCode } from "../types/outcome.ts";
import { Lines } from "./lines.ts";
import type { TextOptions } from "./options.ts";
import { changeLines } from "./plan.ts";
import type { Tone } from "./style.ts";
import { driftChanges } from "./values.ts";
import { outcomeIsGood, outcomeSum, outcomeVerdict } from "./words.ts";

/** How applying went: verdict, a line or two for each item (never cut: it is the record), the sum. Ends with a line break. */
export function outcomesText(applied: Applied, options: TextOptions): string {
  const out = new Lines(options);
  const good = applied.outcomes.every(({ outcome }) => outcomeIsGood(outcome));
  out.text(`Plan ${applied.plan.slice(0, 12)}: ${outcomeVerdict(applied.counts)}`, { tone: good ? "good" : "bad" });
  out.blank();
  for (const { item, outcome, policy, resource, account, region, reason, next, drift } of applied.outcomes) {
    out.text(`${outcome.padEnd(13)} ${policy}  ${resource}  ${account} ${region}  [${item.slice(0, 12)}]`, {
      tone: outcomeTone(outcome),
      hang: 14,
    });
    if (reason !== "") out.text(reason, { indent: 14, max: 600 });
    if (drift !== undefined) changeLines(out, driftChanges(drift), options.verbose === true, 14);
    if (!outcomeIsGood(outcome) && next !== "") out.text(`next: ${next}`, { indent: 14, max: 600 });
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

function outcomeTone(code: OutcomeCode): Tone {
  if (outcomeIsGood(code)) return "good";
  return code === "failed" || code === "verify_failed" || code === "unknown" || code === "denied" ? "bad" : "warn";
}
