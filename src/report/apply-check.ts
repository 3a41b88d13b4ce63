import type { Applied } from "../apply/apply.ts";
import { plain } from "../text/plain.ts";
import type { Plan } from "../types/plan.ts";
import { fitting } from "./ladder.ts";
import { resultMarkdown } from "./result.ts";
import type { Trust } from "./trust.ts";
import { outcomeVerdict } from "./words.ts";

export const APPLY_CHECK = "evenkeel/apply";
/** GitHub takes 65,535 characters. */
const SUMMARY_BYTES = 60_000;

/**
 * The check on the commit that the merge made. `neutral`: nothing failed, and not all was done (changed since, held back, not started). One report
 * brings one plan, so that one check a commit is enough.
 */
export function applyCheck(sha: string, applied: Applied, plan: Plan, trust: Trust | undefined) {
  return {
    sha,
    name: APPLY_CHECK,
    conclusion: conclusionOf(applied),
    title: plain(`${outcomeVerdict(applied.counts)} [${applied.plan.slice(0, 12)}]`, 250),
    summary: fitting(SUMMARY_BYTES, (detail) => `${resultMarkdown(applied, plan, detail, trust)}\n`),
    annotations: [],
  };
}

function conclusionOf({ counts }: Applied): "success" | "neutral" | "failure" {
  const { failed, denied, verify_failed: unverified, unknown, blocked, stale, capped, not_started: waiting } = counts;
  if (failed + denied + unverified + unknown + blocked > 0) return "failure";
  return stale + capped + waiting > 0 ? "neutral" : "success";
}
