import { usedUp } from "../apply/history.ts";
import { publishReport, type ReportResult } from "../github/report.ts";
import { planDigest, writePlan } from "../plan/file.ts";
import { reportBody, reportTitle } from "../report/body.ts";
import type { ReportState } from "../report/dashboard.ts";
import { planJson } from "../report/json.ts";
import { policyInfos } from "../report/options.ts";
import { plain } from "../text/plain.ts";
import type { JournalContents } from "../types/journal.ts";
import type { Plan } from "../types/plan.ts";
import type { Hub } from "./hub.ts";
import { accountsOf, type Place, placeOfScope } from "./report-place.ts";
import type { Scanned } from "./scanning.ts";
import type { Signed } from "./signing.ts";

/** A plan, and where its report stands after this run. */
export interface Published {
  readonly plan: Plan;
  readonly place: Place;
  readonly result: ReportResult;
}

/** Brings each plan's pull request up to date, one after the other. Errors: GitHubError. */
export async function publishAll(
  hub: Hub,
  scanned: Scanned,
  plans: readonly Signed[],
  journal: JournalContents,
): Promise<readonly Published[]> {
  const { defaultBranch } = await hub.github.about();
  const published: Published[] = [];
  for (const signed of plans) published.push(await publish(hub, scanned, signed, { base: defaultBranch, journal }));
  return published;
}

async function publish(
  { github, context }: Hub,
  { ready, result: scan }: Scanned,
  { plan, tier, accepts }: Signed,
  { base, journal }: { readonly base: string; readonly journal: JournalContents },
): Promise<Published> {
  const digest = planDigest(plan.header);
  const place = placeOfScope(ready.config, plan.header.scope);
  const accounts = accountsOf(ready.config, plan);
  const result = await publishReport(github, {
    base,
    ...place,
    plan: writePlan(plan),
    digest,
    title: reportTitle(plan),
    body: reportBody({
      plan,
      planPath: place.path,
      scan: {
        coverage: scan.coverage,
        findings: scan.findings.filter(({ account }) => accounts.has(account)),
        exceptions: scan.exceptions,
      },
      policies: policyInfos(ready.policies),
      repositoryUrl: `${context.serverUrl}/${context.repository}`,
      tier,
      weaker: github.weaker,
    }),
    commitMessage: `Evenkeel report for ${plan.header.scope}: ${plan.items.length} items [${digest.slice(0, 12)}]`,
    usedUp: usedUp(
      journal.records,
      digest,
      plan.items.map(({ id }) => id),
    ),
    accepts,
  });
  return { plan, place, result };
}

export function stateOf({ plan, result }: Published): ReportState {
  const { pullRequest, opened, declined, frozen } = result;
  return {
    plan,
    ...(pullRequest === undefined || result.action === "closed" ? {} : { pullRequest: pullRequest.number }),
    ...(opened === undefined ? {} : { since: opened }),
    declined,
    ...(frozen === undefined ? {} : { frozen }),
  };
}

export function publishedJson({ plan, place, result }: Published): object {
  return {
    path: place.path,
    action: result.action,
    pull_request: result.pullRequest,
    pushed: result.pushed,
    declined: result.declined,
    frozen: result.frozen,
    ...planJson(plan),
  };
}

/** One line for the log. */
export function publishedWords({ plan, result }: Published): string {
  const { scope } = plan.header;
  const where = result.pullRequest === undefined ? "" : ` ${plain(result.pullRequest.url, 300)}`;
  if (result.frozen !== undefined) return `Report ${scope} left alone:${where} ${plain(result.frozen, 500)}`;
  switch (result.action) {
    case "created":
      return `Report ${scope}: opened${where} with ${plan.items.length} items. Merging it approves them.`;
    case "updated":
      return `Report ${scope}: updated${where}; ${plan.items.length} items.`;
    case "unchanged":
      return `Report ${scope}: nothing changed since the last run;${where} stands as it was.`;
    case "closed":
      return `Report ${scope}: nothing is left to fix; closed${where}.`;
    case "nothing":
      return `Report ${scope}: nothing to propose.`;
  }
}
