import { leftToReport } from "../plan/automatic.ts";
import { eligible, standingWeek } from "../plan/standing.ts";
import type { StandingState } from "../report/automatic-section.ts";
import { policyInfos } from "../report/options.ts";
import type { Io } from "../types/io.ts";
import type { JournalRecord } from "../types/outcome.ts";
import type { Plan } from "../types/plan.ts";
import type { Scanned } from "./scanning.ts";
import { whoUndid } from "./who-undid.ts";

/** What a report says of standing approvals. CloudTrail is asked only about what was fixed twice in a week and fails again. */
export async function standingOf(
  { ready, result }: Scanned,
  io: Io,
  plans: readonly Plan[],
  records: readonly JournalRecord[],
): Promise<StandingState> {
  const now = io.clock.now();
  const { policies } = ready;
  const infos = policyInfos(policies);
  const left = leftToReport(
    plans.flatMap(({ items }) => items),
    { policies, records, coverage: result.coverage, now },
  );
  const flapping = left.filter((one) => one.flapping === true).map(({ item }) => item);
  return {
    left,
    who: await whoUndid(ready, io, flapping, records),
    week: standingWeek(records, now),
    eligible: eligible(records, now, (policy) => infos.get(policy)?.mode === "approve"),
  };
}
