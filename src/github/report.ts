import { Bug } from "../errors.ts";
import { confirmations, keptConfirmations } from "../plan/confirm.ts";
import { planDigest, readPlan, writePlan } from "../plan/file.ts";
import type { Plan, PlanHeader } from "../types/plan.ts";
import type { GitHub } from "./client.ts";
import { upsertComment } from "./comment.ts";
import { branchHead, branchTip, deleteBranch, readText, type Tip } from "./git.ts";
import { closePull, ensurePull, type Pull, pullChange, pullsFrom } from "./pulls.ts";
import { type BranchState, readReportBranch, samePlan, tryPlan } from "./report-branch.ts";
import { checkReport } from "./report-check.ts";
import { pushReport } from "./report-push.ts";
import { type Later, whatWaits } from "./report-wait.ts";

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
  /** Whether the journal says of a plan on the base that it was applied: what is proposed once more has come back, and needs a new approval. */
  readonly usedUp?: (approved: Plan) => boolean;
  /** Whether a plan that stands somewhere would be applied once it is merged (its signature holds); what would not is proposed anew. */
  readonly accepts?: (plan: Plan) => boolean;
  /** Title and body for the plan that stays on the branch where new items wait; the pull request's own are left alone without it. */
  readonly later?: (later: Later) => { readonly title: string; readonly body: string };
  /** The same where what stands proposes what is wanted: its header has another expiry, and may have another digest; as for a push without it. */
  readonly stands?: (header: PlanHeader) => { readonly title: string; readonly body: string };
  /** Why no pull request is opened now, in words. One that is open is brought up to date all the same. */
  readonly wait?: string;
  /** What the caller has asked GitHub already: the base's tip, the branch's open pull request, and some that are closed. */
  readonly known?: { readonly base: Tip; readonly open: Pull | undefined; readonly closed?: readonly Pull[] };
  /** A person closed the last pull request and may want it back: GitHub opens none again whose branch is gone. */
  readonly keepsBranch?: boolean;
}

export interface ReportResult {
  readonly action: "unchanged" | "created" | "updated" | "closed" | "nothing" | "waiting";
  readonly pullRequest?: { readonly number: number; readonly url: string };
  /** ISO 8601; since when the pull request is open. Absent where none is. */
  readonly opened?: string;
  readonly pushed: boolean;
  /** The branch's head afterwards, for checks; absent where there is no branch. */
  readonly head?: string;
  /** IDs of items that reviewers took out, which stay out while the pull request is open; sorted. */
  readonly declined: readonly string[];
  /** New items that were not pushed, because an approval stands; none where only what reviewers declined looks different. */
  readonly later?: Later;
  /** The header on the branch, where what stands there proposes what is wanted and nothing was pushed. */
  readonly stands?: PlanHeader;
  /** What people's confirmations on the branch name; absent where there are none. */
  readonly confirmed?: readonly string[];
  /** Confirmations that this push did not keep: their items changed or are gone. */
  readonly dropped?: readonly string[];
  /** With `waiting`: why, in words. */
  readonly wait?: string;
  /** Set where people worked on the branch in ways that a push would bury: nothing was written, and why. */
  readonly frozen?: string;
  /** The plan of the same name that stands on the base: merged, whether or not it was applied. Absent where none can be read. */
  readonly merged?: Plan;
}

const CLOSED_MARKER = "<!-- evenkeel:closed -->";
const CLOSED =
  "Nothing is left to propose here: every item of this plan is in order by now, excepted, snoozed, or approved already. " +
  "Evenkeel closes this pull request and deletes its branch. Nothing was changed in AWS by it.";

/**
 * Brings branch and pull request of one plan to what the plan says, by as few writes as it takes; run again after a kill or a lost answer, it goes
 * on where it stopped. What proposes the same is not pushed, because a push would dismiss approvals, nor is what only adds to something approved;
 * a plan that expired on its branch is. Errors: UserError (the plan), UsageError (base or repository), GitHubError.
 */
export async function publishReport(github: GitHub, report: Report): Promise<ReportResult> {
  const plan = readPlan(report.path, report.plan);
  if (!planDigest(plan.header).startsWith(report.digest)) throw new Bug("the report's digest is not its plan's");
  if (report.branch === report.base) throw new Bug("a report cannot stand on the branch it is to be merged into");
  await github.about();
  const { known } = report;
  const base = known?.base ?? (await branchTip(github, report.base));
  const accepts = (other: Plan): boolean => !expired(other, github) && (report.accepts?.(other) ?? true);
  // What wants nothing approved needs not look for what was.
  const approvedText = plan.items.length === 0 ? undefined : await readText(github, report.path, base.sha);
  const approved = tryPlan(report.path, approvedText);
  const merged =
    approved !== undefined &&
    samePlan(approved, plan) &&
    report.usedUp?.(approved) !== true &&
    accepts(approved) &&
    // Merged, it runs in part at most: only on a branch can the rest be confirmed.
    confirmations(approved).missing.size === 0;
  const empty = plan.items.length === 0 || merged;
  const full = !empty && report.wait !== undefined;
  const mergedBefore = approved === undefined ? {} : { merged: approved };
  if (full && known !== undefined && known.open === undefined)
    return { ...waitingResult(report.wait), ...mergedBefore };

  const head = known?.open?.headSha ?? (await branchHead(github, report.branch));
  const pulls = await pullsOf(github, report, head);
  const open = pulls.find(({ state }) => state === "open");
  if (full && open === undefined) return { ...waitingResult(report.wait), ...mergedBefore };
  // A closed pull request keeps its commits: what people did on a branch that went with it cannot be buried any more.
  const over = open === undefined && pulls.some(({ headSha }) => headSha === head);
  const found = head === undefined ? undefined : await readReportBranch(github, head, base.sha, report.path);
  const branch = over && found !== undefined ? { ...found, declined: new Set<string>(), frozen: undefined } : found;
  if (branch?.frozen !== undefined) return { ...frozenResult(branch, branch.frozen, open), ...mergedBefore };
  // The listing may be a while old: what somebody pushed since is looked at before anything is put over it.
  const moved = async () => known?.open !== undefined && (await branchHead(github, report.branch)) !== head;
  const anew = () => {
    const { known: _, ...rest } = report;
    return publishReport(github, rest);
  };
  if (empty) return (await moved()) ? anew() : { ...(await withdraw(github, report, branch, open)), ...mergedBefore };

  const declined = branch?.declined ?? new Set<string>();
  const items = plan.items.filter(({ id }) => !declined.has(id));
  const wanted: Plan = unlike({ ...plan, items }, approvedText);
  const declinedHere = plan.items.flatMap(({ id }) => (declined.has(id) ? [id] : [])).sort();
  const standing = branch?.plan !== undefined && branch.ahead > 0 && accepts(branch.plan) ? branch.plan : undefined;
  const merges = () => mergesStill(github, { branch, base, path: report.path, approvedText });
  const stands = standing !== undefined && sameOffer(standing, wanted) && (await merges());
  const later =
    stands || standing === undefined || open === undefined
      ? undefined
      : await whatWaits(github, { pull: open.number, head: head ?? "", standing, wanted });
  const waits = later !== undefined && (await merges()) ? later : undefined;
  const before = branch?.plan?.confirmed ?? [];
  const confirmed = over || branch?.plan === undefined ? [] : keptConfirmations(branch.plan, wanted.items);
  const still = stands || waits !== undefined;
  if (!still && (await moved())) return anew();
  const to = { branch, wanted, base, over, declined: declinedHere, confirmed };
  const pushed = still ? undefined : await pushReport(github, report, to);
  const kept = stands ? standing?.header : undefined;
  const own = waits !== undefined ? (report.later?.(waits) ?? textOf(open)) : kept && report.stands?.(kept);
  const text = { ...report, ...own };
  const at = pushed ?? head;
  // Before the pull request's text, which differs from what was pushed until this is done: a run that is killed in between comes by again.
  const told = pushed === undefined && open !== undefined && Object.keys(pullChange(text, open)).length === 0;
  if (at !== undefined && !told && (pushed !== undefined || branch?.ours === true))
    await checkReport(github, at, { fresh: pushed !== undefined });
  const { pull, action } = await ensurePull(github, text, open);
  const left = pushed === undefined ? before : confirmed;
  const dropped = before.filter((name) => !left.includes(name));
  return {
    action: action === "unchanged" && pushed !== undefined ? "updated" : action,
    pullRequest: { number: pull.number, url: pull.url },
    opened: pull.created,
    pushed: pushed !== undefined,
    ...(at === undefined ? {} : { head: at }),
    declined: declinedHere,
    ...(waits === undefined ? {} : { later: waits }),
    ...(kept === undefined ? {} : { stands: kept }),
    ...(left.length === 0 ? {} : { confirmed: left }),
    ...(dropped.length === 0 || over ? {} : { dropped }),
    ...mergedBefore,
  };
}

/** Asked for only where that can matter: with nothing open and no branch, nothing can be. */
async function pullsOf(github: GitHub, { branch, known }: Report, head: string | undefined): Promise<readonly Pull[]> {
  if (known?.open !== undefined) return [known.open];
  if (known?.closed?.some(({ headSha }) => headSha === head) === true) return known.closed;
  return known !== undefined && head === undefined ? [] : pullsFrom(github, branch);
}

function textOf(open: Pull | undefined): { readonly title?: string; readonly body?: string } {
  return open === undefined ? {} : { title: open.title, body: open.body };
}

/**
 * What was used up and comes back on the same day would be the same bytes as stand on the base: a pull request without a change, which nobody can approve.
 * A second less to live makes it another file, and is no part of what it proposes. A signature is never twice the same, and its header is not ours to change.
 */
function unlike(plan: Plan, standing: string | undefined): Plan {
  const { header, items } = plan;
  if (header.signature !== undefined || standing !== writePlan({ header, items })) return plan;
  const expires = new Date(Date.parse(header.expires) - 1000).toISOString();
  return { ...plan, header: { ...header, expires } };
}

/** With every item declined there is nothing that a push would offer. */
function sameOffer(standing: Plan, wanted: Plan): boolean {
  return samePlan(standing, wanted) || (wanted.items.length === 0 && standing.items.length === 0);
}

interface Standing {
  readonly branch: BranchState | undefined;
  readonly base: Tip;
  readonly path: string;
  readonly approvedText: string | undefined;
}

/** The base may move on as it likes, as long as it leaves the plan file alone: otherwise the merge would conflict. */
async function mergesStill(github: GitHub, { branch, base, path, approvedText }: Standing): Promise<boolean> {
  if (branch === undefined || branch.mergeBase === base.sha) return branch !== undefined;
  if (branch.adds) return approvedText === undefined;
  return (await readText(github, path, branch.mergeBase)) === approvedText;
}

/** Nothing to propose: no pull request is opened, an open one is closed in words, and our branch goes. */
async function withdraw(
  github: GitHub,
  { branch: name, keepsBranch = false }: Report,
  branch: BranchState | undefined,
  open: Pull | undefined,
): Promise<ReportResult> {
  const declined: readonly string[] = [];
  if (open !== undefined) {
    // The words first: a run killed in between says them at most once, and never closes without them.
    await upsertComment(github, open.number, CLOSED_MARKER, CLOSED);
    await closePull(github, open);
  }
  if (branch !== undefined && !(keepsBranch && open === undefined)) await deleteBranch(github, name);
  if (open === undefined) return { action: "nothing", pushed: false, declined };
  return { action: "closed", pullRequest: { number: open.number, url: open.url }, pushed: false, declined };
}

function waitingResult(wait = ""): ReportResult {
  return { action: "waiting", pushed: false, declined: [], wait };
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
