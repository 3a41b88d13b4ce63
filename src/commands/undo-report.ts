import { usedUp } from "../apply/history.ts";
import { undoPlan } from "../apply/undo.ts";
import { publishReport, type ReportResult } from "../github/report.ts";
import { planDigest, writePlan } from "../plan/file.ts";
import { reportBody, reportTitle } from "../report/body.ts";
import { policyInfos } from "../report/options.ts";
import type { Io } from "../types/io.ts";
import type { JournalRecord } from "../types/outcome.ts";
import type { Plan, PlanHeader, PlanItem } from "../types/plan.ts";
import { VERSION } from "../version.ts";
import type { Hub } from "./hub.ts";
import { type Place, placeOfScope } from "./report-place.ts";
import type { Signed } from "./signing.ts";
import type { Ready } from "./workspace.ts";

/** The scope of the plan that takes back all of a plan: its branch and its file are named after it, so that there is one of each. */
export function undoScope(digest: string): string {
  return `undo-${digest.slice(0, 12)}`;
}

/** The way back from applied items that `select` chooses, under the name `scope`. */
export function undoOf(
  records: readonly JournalRecord[],
  { config, workspace }: Ready,
  { clock }: Io,
  choice: { readonly scope: string; readonly select: (item: PlanItem, plan: string) => boolean },
): Plan {
  return undoPlan(records, choice.select, workspace.catalogue, {
    scope: choice.scope,
    now: new Date(clock.now()).toISOString(),
    ttl: config.plan_ttl,
    engine: VERSION,
    catalogue: workspace.catalogue.digest,
    commit: "",
  });
}

/**
 * Opens the pull request of an undo plan, or brings it up to date: a plan like any other, which runs once it is merged and refuses to overwrite what
 * others changed since. Errors: GitHubError.
 */
export async function publishUndo(
  { github, context }: Hub,
  ready: Ready,
  { plan, tier, accepts }: Signed,
  records: readonly JournalRecord[],
): Promise<{ readonly result: ReportResult; readonly place: Place }> {
  const { defaultBranch } = await github.about();
  const place = placeOfScope(ready.config, plan.header.scope);
  const digest = planDigest(plan.header);
  const textOf = (header: PlanHeader) => ({
    title: reportTitle({ ...plan, header }),
    body: reportBody({
      plan,
      planPath: place.path,
      header,
      policies: policyInfos(ready.policies),
      repositoryUrl: `${context.serverUrl}/${context.repository}`,
      tier,
      weaker: github.weaker,
      allowed: ready.config.allow_unsafe ?? [],
    }),
  });
  const result = await publishReport(github, {
    base: defaultBranch,
    ...place,
    plan: writePlan(plan),
    digest,
    ...textOf(plan.header),
    stands: textOf,
    commitMessage: `Evenkeel undo: ${plan.items.length} items [${digest.slice(0, 12)}]`,
    // What was taken back, made anew and is to be taken back once more is the same plan: its first approval is spent.
    usedUp: () =>
      usedUp(
        records,
        digest,
        plan.items.map(({ id }) => id),
      ),
    accepts,
  });
  return { result, place };
}
