import { partOf } from "../plan/build.ts";
import { carryOver } from "../plan/carry.ts";
import { type Hold, holdBack } from "../plan/held.ts";
import { reviewable } from "../plan/limit.ts";
import type { Io } from "../types/io.ts";
import type { Plan } from "../types/plan.ts";
import type { Hub } from "./hub.ts";
import { placeOfScope, standingPlan } from "./report-place.ts";
import { plansOf, type Scanned } from "./scanning.ts";
import type { Signed, Signing } from "./signing.ts";

/** What this scan proposes, as plans that one person can review each, signed. Errors: GitHubError. */
export async function plansToReport(
  hub: Hub,
  scanned: Scanned,
  io: Io,
  {
    signing,
    hold = () => undefined,
    ...choice
  }: {
    readonly signing: Signing;
    /** What stands in a report already, and is to wait all the same. */
    readonly hold?: Hold;
  } & NonNullable<Parameters<typeof plansOf>[2]>,
): Promise<readonly Signed[]> {
  const plans = plansOf(scanned, io, choice).flatMap((plan) => byRisk(scanned, plan));
  return Promise.all(
    plans.map(async (plan) => signing.sign(reviewable(holdBack(await withCarried(hub, scanned, plan, signing), hold)))),
  );
}

/** What destroys has a pull request of its own, so that it is never merged along with the rest. */
function byRisk({ ready }: Scanned, plan: Plan): Plan[] {
  const destructive = (id: string): boolean => plan.items.some((item) => item.id === id && item.risk === "destructive");
  // Also where there is none now: the pull request of the run before may have to be closed.
  if (!ready.policies.some(({ allowDestructive }) => allowDestructive)) return [plan];
  const rest = partOf(plan, plan.header.scope, ({ id }) => !destructive(id));
  return [rest, partOf(plan, `${plan.header.scope}-destructive`, (item) => destructive(item.id))];
}

/** What this scan could not look at stays in the open report as it was. */
async function withCarried({ github }: Hub, scanned: Scanned, plan: Plan, signing: Signing): Promise<Plan> {
  const { complete, gaps } = scanned.result.coverage;
  if (complete) return plan;
  const before = await standingPlan(github, placeOfScope(scanned.ready.config, plan.header.scope));
  // What is carried is signed along with the rest: only what was signed before may be.
  const accepted = before !== undefined && (await signing.accepts())(before);
  return carryOver(plan, accepted ? before : undefined, gaps).plan;
}
