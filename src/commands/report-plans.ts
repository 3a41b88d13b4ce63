import { partOf } from "../plan/build.ts";
import { carryOver } from "../plan/carry.ts";
import { type Hold, holdBack } from "../plan/held.ts";
import { brief, reviewable } from "../plan/limit.ts";
import type { Io } from "../types/io.ts";
import type { HeldItem, Plan } from "../types/plan.ts";
import { reportGroups } from "./groups.ts";
import type { Hub } from "./hub.ts";
import { openPlan, placeOfScope } from "./report-place.ts";
import { plansOf, type Scanned } from "./scanning.ts";
import type { Signed, Signing } from "./signing.ts";
import type { Snoozing } from "./snoozing.ts";
import type { Ready } from "./workspace.ts";

export type ReportChoice = {
  readonly signing: Signing;
  readonly snoozing: Snoozing;
  /** What stands in a report already, and is to wait all the same. */
  readonly hold: Hold;
} & NonNullable<Parameters<typeof plansOf>[2]>;

/** A plan as its file has it, signed. */
export interface Proposal extends Signed {
  /** Everything that is held; the plan's header may list a part of it. */
  readonly held: readonly HeldItem[];
}

/** What this scan proposes, as plans that one person can review each. Errors: GitHubError. */
export async function plansToReport(
  hub: Hub,
  scanned: Scanned,
  io: Io,
  { signing, snoozing, hold, ...choice }: ReportChoice,
): Promise<readonly Proposal[]> {
  const { config } = scanned.ready;
  const isOpen = (scope: string): boolean => snoozing.open.pulls.has(placeOfScope(config, scope).branch);
  const plans = plansOf(scanned, io, choice).flatMap((whole) =>
    byRisk(scanned, whole, isOpen).map((plan) => ({ plan, whole })),
  );
  return Promise.all(
    plans.map(async ({ plan, whole }) => {
      const all = await withCarried(hub, scanned, { plan, whole }, { signing, snoozing });
      const shown = reviewable(holdBack(all, hold));
      return { ...(await signing.sign(brief(shown))), held: shown.header.held };
    }),
  );
}

/** The scopes of the plans that `plansToReport` gives, whatever the scan finds. */
export function reportScopes(ready: Ready, narrowed: string): string[] {
  return reportGroups(ready.config).flatMap(({ scope }) => {
    const whole = `${scope}${narrowed}`;
    return mayDestroy(ready) ? [whole, `${whole}${DESTRUCTIVE}`] : [whole];
  });
}

const DESTRUCTIVE = "-destructive";

function mayDestroy({ policies }: Ready): boolean {
  return policies.some(({ allowDestructive }) => allowDestructive);
}

/** What destroys has a pull request of its own, so that it is never merged along with the rest. */
function byRisk({ ready }: Scanned, plan: Plan, isOpen: (scope: string) => boolean): Plan[] {
  const scope = `${plan.header.scope}${DESTRUCTIVE}`;
  const destructive = (id: string): boolean => plan.items.some((item) => item.id === id && item.risk === "destructive");
  // Also where there is none now, or none may be: the pull request of the run before may have to be closed.
  if (!mayDestroy(ready) && !isOpen(scope)) return [plan];
  const rest = partOf(plan, plan.header.scope, ({ id }) => !destructive(id));
  return [rest, partOf(plan, scope, (item) => destructive(item.id))];
}

/** What this scan could not look at stays in the open report as it was. */
async function withCarried(
  { github }: Hub,
  scanned: Scanned,
  { plan, whole }: { readonly plan: Plan; readonly whole: Plan },
  { signing, snoozing }: Pick<ReportChoice, "signing" | "snoozing">,
): Promise<Plan> {
  const { findings, coverage } = scanned.result;
  const { complete, gaps } = coverage;
  if (complete) return plan;
  const { scope } = plan.header;
  const before = await openPlan(github, placeOfScope(scanned.ready.config, scope), snoozing.pullsOf(scope));
  // What is carried is signed along with the rest: only what was signed before may be.
  const accepted = before !== undefined && (await signing.accepts())(before);
  return carryOver(plan, accepted ? before : undefined, { gaps, findings, whole }).plan;
}
