import { Bug } from "../errors.ts";
import { planDigest, readPlan } from "../plan/file.ts";
import type { Plan } from "../types/plan.ts";
import type { GitHub } from "./client.ts";
import { upsertComment } from "./comment.ts";
import { branchHead, branchTip, deleteBranch, makeCommit, pointBranch, readText, type Tip } from "./git.ts";
import { closePull, ensurePull, type Pull, pullsFrom } from "./pulls.ts";
import { type BranchState, readReportBranch, reportMessage, samePlan, tryPlan } from "./report-branch.ts";

export interface Report {
  /** Where the plan is to be merged: the default branch. */
  readonly base: string;
  /** Evenkeel's own branch for this scope. */
  readonly branch: string;
  /** The plan file's path in the repository. */
  readonly path: string;
  /** The plan file's text, as writePlan gives it; one without items withdraws the report. */
  readonly plan: string;
  /** The plan's digest, or its first characters, as title and body show it. */
  readonly digest: string;
  readonly title: string;
  readonly body: string;
  readonly commitMessage: string;
  /** The journal says that the plan of the same content on the base was applied: what is proposed has come back, and needs a new approval. */
  readonly usedUp?: boolean;
  /** Whether a plan that stands somewhere would be applied once it is merged (its signature holds); what would not is proposed anew. */
  readonly accepts?: (plan: Plan) => boolean;
}

export interface ReportResult {
  readonly action: "unchanged" | "created" | "updated" | "closed" | "nothing";
  readonly pullRequest?: { readonly number: number; readonly url: string };
  /** ISO 8601; since when the pull request is open. Absent where none is. */
  readonly opened?: string;
  readonly pushed: boolean;
  /** The branch's head afterwards, for checks; absent where there is no branch. */
  readonly head?: string;
  /** IDs of items that reviewers took out, which stay out while the pull request is open; sorted. */
  readonly declined: readonly string[];
  /** Set where people worked on the branch in ways that a push would bury: nothing was written, and why. */
  readonly frozen?: string;
  /** The plan of the same name that stands on the base: merged, whether or not it was applied. Absent where none can be read. */
  readonly merged?: Plan;
}

const CLOSED_MARKER = "<!-- evenkeel:closed -->";
const CLOSED =
  "Nothing is left to propose here: every item of this plan is in order by now, excepted, or approved already. " +
  "Evenkeel closes this pull request and deletes its branch. Nothing was changed in AWS by it.";

/**
 * Brings branch and pull request of one plan to what the plan says, by as few writes as it takes; run again after a kill or a lost answer, it goes
 * on where it stopped. What proposes the same is not pushed, because a push would dismiss approvals; a plan that expired on its branch is.
 * Errors: UserError (the plan), UsageError (base or repository), GitHubError.
 */
export async function publishReport(github: GitHub, report: Report): Promise<ReportResult> {
  const plan = readPlan(report.path, report.plan);
  if (!planDigest(plan.header).startsWith(report.digest)) throw new Bug("the report's digest is not its plan's");
  if (report.branch === report.base) throw new Bug("a report cannot stand on the branch it is to be merged into");
  await github.about();
  const base = await branchTip(github, report.base);
  const [head, approvedText, pulls] = await Promise.all([
    branchHead(github, report.branch),
    readText(github, report.path, base.sha),
    pullsFrom(github, report.branch),
  ]);
  const open = pulls.find(({ state }) => state === "open");
  // A closed pull request keeps its commits: what people did on a branch that went with it cannot be buried any more.
  const over = open === undefined && pulls.some(({ headSha }) => headSha === head);
  const found = head === undefined ? undefined : await readReportBranch(github, head, base.sha, report.path);
  const approved = tryPlan(report.path, approvedText);
  const merged = approved === undefined ? {} : { merged: approved };
  const branch = over && found !== undefined ? { ...found, declined: new Set<string>(), frozen: undefined } : found;
  if (branch?.frozen !== undefined) return { ...frozenResult(branch, branch.frozen, open), ...merged };

  const accepts = report.accepts ?? (() => true);
  const waiting =
    report.usedUp !== true &&
    approved !== undefined &&
    samePlan(approved, plan) &&
    !expired(approved, github) &&
    accepts(approved);
  if (plan.items.length === 0 || waiting)
    return { ...(await withdraw(github, report.branch, branch, open)), ...merged };

  const declined = branch?.declined ?? new Set<string>();
  const wanted: Plan = { ...plan, items: plan.items.filter(({ id }) => !declined.has(id)) };
  const declinedHere = plan.items.flatMap(({ id }) => (declined.has(id) ? [id] : [])).sort();
  const stands =
    branch?.plan !== undefined &&
    accepts(branch.plan) &&
    (await standsAlready(github, { branch, wanted, base, path: report.path, approvedText }));
  const pushed = stands
    ? undefined
    : await push(github, report, { branch, wanted, base, over, declined: declinedHere });
  const { pull, action } = await ensurePull(github, report, open);
  const at = pushed ?? head;
  return {
    action: action === "unchanged" && pushed !== undefined ? "updated" : action,
    pullRequest: { number: pull.number, url: pull.url },
    opened: pull.created,
    pushed: pushed !== undefined,
    ...(at === undefined ? {} : { head: at }),
    declined: declinedHere,
    ...merged,
  };
}

interface Standing {
  readonly branch: BranchState;
  readonly wanted: Plan;
  readonly base: Tip;
  readonly path: string;
  readonly approvedText: string | undefined;
}

/** Whether the branch proposes what is wanted, can still be merged, and would still be applied. */
async function standsAlready(github: GitHub, standing: Standing): Promise<boolean> {
  const { branch, wanted, base, path, approvedText } = standing;
  if (branch.ahead === 0 || branch.plan === undefined || expired(branch.plan, github)) return false;
  // With every item declined there is nothing that a push would offer.
  const same = samePlan(branch.plan, wanted) || (wanted.items.length === 0 && branch.plan.items.length === 0);
  if (!same) return false;
  // The base may move on as it likes, as long as it leaves the plan file alone: otherwise the merge would conflict.
  return branch.mergeBase === base.sha || (await readText(github, path, branch.mergeBase)) === approvedText;
}

interface Push {
  readonly branch: BranchState | undefined;
  readonly wanted: Plan;
  readonly base: Tip;
  readonly over: boolean;
  readonly declined: readonly string[];
}

/** One commit with the plan on top of the base's files; gives its SHA. */
async function push(github: GitHub, report: Report, { branch, wanted, base, over, declined }: Push): Promise<string> {
  const way = wayTo(branch, base, over);
  const lines = report.plan.split("\n");
  const left = new Set(wanted.items.map(({ id }) => id));
  // The header keeps the hashes of declined lines, so that a reviewer may put one back.
  const kept = readPlan(report.path, report.plan).items.map(({ id }, index) =>
    left.has(id) ? [lines[index + 1] ?? ""] : [],
  );
  const sha = await makeCommit(github, {
    baseTree: base.tree,
    parents: way.parents,
    files: { [report.path]: [lines[0] ?? "", ...kept.flat()].map((line) => `${line}\n`).join("") },
    message: reportMessage(report.commitMessage, report.digest, declined),
  });
  await pointBranch(github, report.branch, sha, way.how);
  return sha;
}

/**
 * How the new commit joins the branch. Force only over a head of our own, or one that a closed pull request keeps; over a person's commit it is
 * built on, and the base merged in where that has moved.
 */
function wayTo(
  branch: BranchState | undefined,
  base: Tip,
  over: boolean,
): { readonly parents: readonly string[]; readonly how: "create" | "forward" | "force" } {
  if (branch === undefined) return { parents: [base.sha], how: "create" };
  if (branch.ahead === 0) return { parents: [base.sha], how: "forward" };
  if (over) return { parents: [base.sha], how: "force" };
  if (branch.mergeBase === base.sha) return { parents: [branch.head], how: "forward" };
  return branch.ours ? { parents: [base.sha], how: "force" } : { parents: [branch.head, base.sha], how: "forward" };
}

/** Nothing to propose: no pull request is opened, an open one is closed in words, and our branch goes. */
async function withdraw(
  github: GitHub,
  name: string,
  branch: BranchState | undefined,
  open: Pull | undefined,
): Promise<ReportResult> {
  const declined: readonly string[] = [];
  if (open !== undefined) {
    // The words first: a run killed in between says them at most once, and never closes without them.
    await upsertComment(github, open.number, CLOSED_MARKER, CLOSED);
    await closePull(github, open);
  }
  if (branch !== undefined) await deleteBranch(github, name);
  if (open === undefined) return { action: "nothing", pushed: false, declined };
  return { action: "closed", pullRequest: { number: open.number, url: open.url }, pushed: false, declined };
}

function frozenResult(branch: BranchState, frozen: string, open: Pull | undefined): ReportResult {
  return {
    action: open === undefined ? "nothing" : "unchanged",
    ...(open === undefined ? {} : { pullRequest: { number: open.number, url: open.url }, opened: open.created }),
    pushed: false,
    head: branch.head,
    declined: [...branch.declined].sort(),
    frozen,
  };
}

function expired(plan: Plan, github: GitHub): boolean {
  return Date.parse(plan.header.expires) <= github.clock.now();
}
