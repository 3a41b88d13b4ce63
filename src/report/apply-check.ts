import type { Applied } from "../apply/apply.ts";
import { plain } from "../text/plain.ts";
import { isUnconfirmed } from "../types/outcome.ts";
import type { Plan } from "../types/plan.ts";
import { fitting } from "./ladder.ts";
import { resultMarkdown } from "./result.ts";
import type { Trust } from "./trust.ts";
import { outcomeVerdict } from "./words.ts";

export const APPLY_CHECK = "evenkeel/apply";
/** GitHub takes 65,535 characters. */
const SUMMARY_BYTES = 60_000;

/**
 * The check on the commit that the merge made. `neutral`: nothing failed, and not all was done (changed since, held back, not confirmed, not started). A
 * merge may bring plans of more than one scope: each has a check of its own.
 */
export function applyCheck(sha: string, applied: Applied, plan: Plan, trust: Trust | undefined) {
  return {
    sha,
    name: plan.header.scope === "all" ? APPLY_CHECK : `${APPLY_CHECK} (${plain(plan.header.scope, 80)})`,
    conclusion: conclusionOf(applied),
    title: plain(`${outcomeVerdict(applied.counts)} [${applied.plan.slice(0, 12)}]`, 250),
    summary: fitting(SUMMARY_BYTES, (detail) => `${resultMarkdown(applied, plan, detail, trust)}\n`),
    annotations: [],
  };
}

function conclusionOf({ counts, outcomes }: Applied): "success" | "neutral" | "failure" {
  const { failed, denied, verify_failed: unverified, unknown, blocked, stale, capped, not_started: waiting } = counts;
  const { length: unconfirmed } = outcomes.filter(isUnconfirmed);
  if (failed + denied + unverified + unknown + blocked - unconfirmed > 0) return "failure";
  return stale + capped + waiting + unconfirmed > 0 ? "neutral" : "success";
}
