import { usedUp } from "../apply/history.ts";
import { branchTip } from "../github/git.ts";
import { publishReport, type Report, type ReportResult } from "../github/report.ts";
import { planDigest, writePlan } from "../plan/file.ts";
import { withHeld } from "../plan/limit.ts";
import { OpenReports, worstFirst } from "../plan/report-order.ts";
import type { StandingState } from "../report/automatic-section.ts";
import { reportBody, reportTitle } from "../report/body.ts";
import { policyInfos } from "../report/options.ts";
import type { JournalContents } from "../types/journal.ts";
import type { HeldItem, Plan } from "../types/plan.ts";
import type { Hub } from "./hub.ts";
import { accountsOf, type Place, placeOfScope } from "./report-place.ts";
import type { Proposal } from "./report-plans.ts";
import type { Scanned } from "./scanning.ts";
import type { Snoozing } from "./snoozing.ts";

/** A plan, and where its report stands after this run. */
export interface Published {
  /** What is proposed: the plan of this scan, or the one that was approved, where new items wait. As its file has it. */
  readonly plan: Plan;
  /** Everything that this scan holds back of it; the plan's header may list a part of it, or what an earlier scan held back. */
  readonly held: readonly HeldItem[];
  readonly place: Place;
  readonly result: ReportResult;
}

type OnBranch = NonNullable<Report["known"]>;

/**
 * Brings each plan's pull request up to date, one after the other: those that are open first, since some may close and make room, then the worst
 * of the others, as far as `report.most_open` and `report.most_new` let them be opened. In the order of `proposals`. Errors: GitHubError.
 */
export async function publishAll(
  hub: Hub,
  scanned: Scanned,
  proposals: readonly Proposal[],
  told: Known,
): Promise<readonly Published[]> {
  const { github } = hub;
  const { snoozing } = told;
  const { config } = scanned.ready;
  const base = (await github.about()).defaultBranch;
  const tip = await branchTip(github, base);
  const { pulls, complete } = snoozing.open;
  const branchOf = ({ plan }: Proposal): string => placeOfScope(config, plan.header.scope).branch;
  const own = new Set(proposals.map(branchOf));
  const undo = placeOfScope(config, "undo-").branch;
  const open = new OpenReports(
    config.report,
    [...pulls.keys()].filter((branch) => own.has(branch) || !branch.startsWith(undo)),
  );
  const [there, others] = [
    proposals.filter((one) => pulls.has(branchOf(one))),
    proposals.filter((one) => !pulls.has(branchOf(one))).sort((a, b) => worstFirst(a.plan, b.plan)),
  ];
  const published = new Map<Proposal, Published>();
  for (const proposal of [...there, ...others]) {
    const branch = branchOf(proposal);
    const closed = snoozing.pullsOf(proposal.plan.header.scope).filter(({ state }) => state === "closed");
    const known = complete ? { base: tip, open: pulls.get(branch), closed } : undefined;
    const wait = open.whyNot(branch);
    const one = await publish(hub, scanned, proposal, { ...told, base, known, wait });
    if (one.result.action === "closed") open.closed(branch);
    else if (one.result.pullRequest !== undefined) open.opened(branch);
    published.set(proposal, one);
  }
  return proposals.flatMap((proposal) => published.get(proposal) ?? []);
}

/** What was read before anything is published. */
interface Known {
  readonly journal: JournalContents;
  readonly snoozing: Snoozing;
  readonly standing: StandingState;
  /** IDs of doctor's checks that may be wrong, by name. */
  readonly allowed: readonly string[];
}

interface Publishing extends Known {
  readonly base: string;
  readonly known: OnBranch | undefined;
  readonly wait: string | undefined;
}

async function publish(
  { github, context }: Hub,
  { ready, result: scan }: Scanned,
  { plan, held, tier, accepts }: Proposal,
  { base, journal, snoozing, standing, allowed, known, wait }: Publishing,
): Promise<Published> {
  const digest = planDigest(plan.header);
  const place = placeOfScope(ready.config, plan.header.scope);
  const accounts = accountsOf(ready.config, plan);
  const textOf = (of: Plan, { waiting = 0, header = of.header }) => ({
    title: reportTitle({ ...of, header }),
    body: reportBody({
      plan: withHeld(of, held),
      planPath: place.path,
      header,
      scan: {
        coverage: scan.coverage,
        findings: scan.findings.filter(({ account }) => accounts.has(account)),
        exceptions: scan.exceptions,
      },
      policies: policyInfos(ready.policies),
      repositoryUrl: `${context.serverUrl}/${context.repository}`,
      tier,
      waiting,
      snooze: ready.config.report.snooze,
      standing,
      allowed,
      weaker: github.weaker,
    }),
  });
  const result = await publishReport(github, {
    base,
    ...place,
    plan: writePlan(plan),
    digest,
    ...textOf(plan, {}),
    later: ({ standing, items }) => textOf(standing, { waiting: items.length }),
    stands: (header) => textOf(plan, { header }),
    commitMessage: `Evenkeel report for ${plan.header.scope}: ${plan.items.length} items [${digest.slice(0, 12)}]`,
    usedUp: ({ header, items }) =>
      usedUp(
        journal.records,
        planDigest(header),
        items.map(({ id }) => id),
      ),
    accepts,
    keepsBranch: snoozing.wasClosed(plan.header.scope),
    ...(known === undefined ? {} : { known }),
    ...(wait === undefined ? {} : { wait }),
  });
  return { plan: result.later?.standing ?? plan, held, place, result };
}
