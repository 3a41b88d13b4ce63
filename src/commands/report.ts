import { usedUp } from "../apply/history.ts";
import { branchHead, readText } from "../github/git.ts";
import { branchJournal } from "../github/journal-branch.ts";
import { publishReport, type ReportResult } from "../github/report.ts";
import { tryPlan } from "../github/report-branch.ts";
import { partOf } from "../plan/build.ts";
import { carryOver } from "../plan/carry.ts";
import { planDigest, writePlan } from "../plan/file.ts";
import { reviewable } from "../plan/limit.ts";
import { reportBody, reportTitle } from "../report/body.ts";
import type { ReportState } from "../report/dashboard.ts";
import { findingsText } from "../report/findings.ts";
import { planJson, scanJson } from "../report/json.ts";
import { policyInfos } from "../report/options.ts";
import { planSummary } from "../report/summary.ts";
import { inline } from "../text/markdown.ts";
import { plain } from "../text/plain.ts";
import type { JournalRecord } from "../types/outcome.ts";
import type { Plan } from "../types/plan.ts";
import { CHOICE_OPTIONS, CONFIG_OPTION, type Command, FORMAT_OPTION, flag, list, SHARED_HELP } from "./command.ts";
import { writeDashboard } from "./dashboard.ts";
import { narrowing, reportGroups } from "./groups.ts";
import { HUB_HELP, HUB_OPTIONS, type Hub, JOURNAL_BRANCH, openHub } from "./hub.ts";
import { planOutputs } from "./plan.ts";
import { anyUnexcepted, findingAnnotations, plansOf, runScan, type Scanned, scanOutputs } from "./scanning.ts";
import { openSigning, type Signed, type Signing } from "./signing.ts";
import { print, printJson, viewOf, wantsJson } from "./view.ts";

export const report: Command = {
  name: "report",
  summary: "scan, plan, and put the plan into a pull request whose merge approves it",
  usage: "evenkeel report [--accounts A] [--policies P] [--format json]",
  about:
    "Scans and plans, then opens or updates one pull request per report group with the plan file on a branch of its own.\nAn unchanged plan pushes nothing. Merging the pull request is the approval; `apply` then makes exactly those calls.\nNeeds the environment of a GitHub Actions runner (GITHUB_REPOSITORY, GITHUB_API_URL, …) and a token.",
  example: "evenkeel report --policies s3_*",
  options: {
    ...CONFIG_OPTION,
    ...FORMAT_OPTION,
    ...CHOICE_OPTIONS,
    ...HUB_OPTIONS,
    verbose: { type: "boolean" },
    dashboard: { type: "boolean" },
    "fail-on-findings": { type: "boolean" },
  },
  help: {
    ...SHARED_HELP,
    ...HUB_HELP,
    dashboard: "keep one issue with where things stand (issues: write)",
  },
  async run(input) {
    const hub = await openHub(input);
    const scanned = await runScan(input, true);
    const { defaultBranch } = await hub.github.about();
    const choice = narrowing(["accounts", "regions", "policies"].map((name) => list(input, name)));
    const signing = openSigning(scanned.ready, input.io);
    const signed = await Promise.all(
      plansOf(scanned, input.io, choice)
        .flatMap((plan) => byRisk(scanned, plan))
        .map(async (plan) => signing.sign(reviewable(await withCarried(hub, scanned, plan, signing)))),
    );
    const plans = signed.map(({ plan }) => plan);
    const failures = signed.flatMap(({ failure }) => failure ?? []);
    for (const failure of failures) input.io.stderr.write(`${plain(failure, 1000)}\n`);
    const infos = policyInfos(scanned.ready.policies);
    const records = plans.some(({ items }) => items.length > 0)
      ? await branchJournal(hub.github, { branch: JOURNAL_BRANCH, run: hub.context.run }).read()
      : [];
    const results: { plan: Plan; path: string; result: ReportResult }[] = [];
    for (const one of signed) {
      const { plan } = one;
      const path = pathOf(scanned, plan);
      results.push({
        plan,
        path,
        result: await publish(hub, scanned, one, path, defaultBranch, records),
      });
    }
    const shown = results.map(({ plan, path, result }) => ({
      path,
      action: result.action,
      pull_request: result.pullRequest,
      pushed: result.pushed,
      declined: result.declined,
      frozen: result.frozen,
      ...planJson(plan),
    }));
    if (wantsJson(input)) printJson(input.io, { ...scanJson(scanned.result), reports: shown });
    else {
      print(input.io, findingsText(scanned.result, { ...viewOf(input), policies: infos }));
      for (const { plan, result } of results) print(input.io, `\n${words(plan, result)}`);
    }
    const notes: string[] = [];
    if (flag(input, "dashboard")) {
      const { said, trouble } = await writeDashboard(hub, scanned, results.map(stateOf), choice !== "");
      // Beside JSON only standard error is free.
      if (wantsJson(input)) input.io.stderr.write(`${said}\n`);
      else print(input.io, `\n${said}`);
      if (trouble) notes.push(`**${inline(said, 1_000)}**\n`);
    }
    const numbers = results.flatMap(({ result }) => (result.pullRequest === undefined ? [] : [result.pullRequest]));
    const frozen = results.some(({ result }) => result.frozen !== undefined);
    const failing = flag(input, "fail-on-findings") && anyUnexcepted(scanned.result.findings);
    return {
      exit: failing ? 1 : scanned.result.coverage.complete && !frozen && failures.length === 0 ? 0 : 3,
      outputs: {
        ...scanOutputs(scanned.result),
        ...planOutputs(
          plans,
          results.map(({ path }) => path),
        ),
        pull_request: numbers.map(({ number }) => number).join(" "),
        pull_request_url: numbers.map(({ url }) => url).join(" "),
      },
      summary: [...plans.map((plan) => planSummary(plan, scanned.result, infos)), ...notes].join("\n"),
      annotations: findingAnnotations(scanned),
    };
  },
};

/** What destroys has a pull request of its own, so that it is never merged along with the rest. */
function byRisk({ ready }: Scanned, plan: Plan): Plan[] {
  const destructive = (id: string): boolean => plan.items.some((item) => item.id === id && item.risk === "destructive");
  // Also where there is none now: the pull request of the run before may have to be closed.
  if (!ready.policies.some(({ allowDestructive }) => allowDestructive)) return [plan];
  const rest = partOf(plan, plan.header.scope, ({ id }) => !destructive(id));
  return [rest, partOf(plan, `${plan.header.scope}-destructive`, (item) => destructive(item.id))];
}

function stateOf({ plan, result }: { readonly plan: Plan; readonly result: ReportResult }): ReportState {
  const { pullRequest, opened, declined, frozen } = result;
  return {
    plan,
    ...(pullRequest === undefined || result.action === "closed" ? {} : { pullRequest: pullRequest.number }),
    ...(opened === undefined ? {} : { since: opened }),
    declined,
    ...(frozen === undefined ? {} : { frozen }),
  };
}

function pathOf({ ready }: Scanned, plan: Plan): string {
  return `${ready.config.report.plan_path}/${plan.header.scope}.jsonl`;
}

/** The accounts of the plan's group; the scope's name begins with the group's. */
function accountsOf({ ready }: Scanned, plan: Plan): ReadonlySet<string> {
  const own = reportGroups(ready.config).filter(({ scope }) => plan.header.scope.startsWith(scope));
  return own.sort((a, b) => b.scope.length - a.scope.length)[0]?.accounts ?? new Set();
}

function branchOf({ ready }: Scanned, plan: Plan): string {
  return `${ready.config.report.branch_prefix}/${plan.header.scope}`;
}

/** What this scan could not look at stays in the open report as it was. */
async function withCarried({ github }: Hub, scanned: Scanned, plan: Plan, signing: Signing): Promise<Plan> {
  const { complete, gaps } = scanned.result.coverage;
  if (complete) return plan;
  const path = pathOf(scanned, plan);
  const branch = branchOf(scanned, plan);
  const text = (await branchHead(github, branch)) === undefined ? undefined : await readText(github, path, branch);
  const before = tryPlan(path, text);
  // What is carried is signed along with the rest: only what was signed before may be.
  const accepted = before !== undefined && (await signing.accepts())(before);
  return carryOver(plan, accepted ? before : undefined, gaps).plan;
}

async function publish(
  { github, context }: Hub,
  scanned: Scanned,
  { plan, tier, accepts }: Signed,
  path: string,
  base: string,
  records: readonly JournalRecord[],
): Promise<ReportResult> {
  const digest = planDigest(plan.header);
  const { policies } = scanned.ready;
  const accounts = accountsOf(scanned, plan);
  return publishReport(github, {
    base,
    branch: branchOf(scanned, plan),
    path,
    plan: writePlan(plan),
    digest,
    title: reportTitle(plan),
    body: reportBody({
      plan,
      planPath: path,
      scan: {
        coverage: scanned.result.coverage,
        findings: scanned.result.findings.filter(({ account }) => accounts.has(account)),
        exceptions: scanned.result.exceptions,
      },
      policies: policyInfos(policies),
      repositoryUrl: `${context.serverUrl}/${context.repository}`,
      tier,
    }),
    commitMessage: `Evenkeel report for ${plan.header.scope}: ${plan.items.length} items [${digest.slice(0, 12)}]`,
    usedUp: usedUp(
      records,
      digest,
      plan.items.map(({ id }) => id),
    ),
    accepts,
  });
}

function words(plan: Plan, result: ReportResult): string {
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
