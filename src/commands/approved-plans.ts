import { isEnd } from "../apply/history.ts";
import { broughtBy, lastCommit } from "../github/merged.ts";
import { planDigest } from "../plan/file.ts";
import type { ApprovedState } from "../report/approved-section.ts";
import { type JournalRecord, noOutcomes } from "../types/outcome.ts";
import type { Hub } from "./hub.ts";
import type { Published } from "./report-publish.ts";

/**
 * Of each report, what was merged before and is not done: a window, a freeze, the stop switch or the gate may hold it, or nobody runs `apply`. Two calls
 * for each such plan, to find since when. Errors: GitHubError.
 */
export async function approvedPlans(
  { github }: Hub,
  published: readonly Published[],
  records: readonly JournalRecord[],
): Promise<ReadonlyMap<string, ApprovedState>> {
  const { defaultBranch } = await github.about();
  const now = github.clock.now();
  const found = new Map<string, ApprovedState>();
  for (const { plan, place, result } of published) {
    const { merged } = result;
    if (merged === undefined) continue;
    const last = lastOutcomes(planDigest(merged.header), records);
    const expired = Date.parse(merged.header.expires) <= now;
    const wanted = new Set(plan.items.map(({ id }) => id));
    // What expired and is wanted no more is nobody's business.
    const open = merged.items.filter(({ id }) => !isEnd(last.get(id)) && (!expired || wanted.has(id)));
    if (open.length === 0) continue;
    const tried = noOutcomes();
    for (const { id } of open) {
      const outcome = last.get(id);
      if (outcome !== undefined) tried[outcome] += 1;
    }
    const pull = await broughtBy(github, place.path, () => lastCommit(github, defaultBranch, place.path));
    found.set(plan.header.scope, {
      items: open.length,
      tried,
      expires: merged.header.expires,
      expired,
      overdue: pull !== undefined && now - Date.parse(pull.mergedAt) >= OVERDUE_MS,
      ...(pull === undefined ? {} : { since: pull.mergedAt, pullRequest: pull.number }),
    });
  }
  return found;
}

/** By then a run of the schedule has come by a dozen times. */
const OVERDUE_MS = 72 * 3_600_000;

function lastOutcomes(plan: string, records: readonly JournalRecord[]) {
  return new Map(
    records.flatMap((record) =>
      record.record === "outcome" && record.plan === plan ? [[record.item, record.outcome] as const] : [],
    ),
  );
}
