import { writePlan } from "../plan/file.ts";
import type { Plan } from "../types/plan.ts";
import type { GitHub } from "./client.ts";
import { makeCommit, pointBranch, type Tip } from "./git.ts";
import { type BranchState, reportMessage } from "./report-branch.ts";

/** What goes on a report branch, and what stands there. */
export interface Push {
  readonly branch: BranchState | undefined;
  readonly wanted: Plan;
  readonly base: Tip;
  readonly over: boolean;
  readonly declined: readonly string[];
  /** Confirmations that stood on the branch and still hold. */
  readonly confirmed: readonly string[];
}

/** The part of a report that a commit is made of. */
export interface ReportCommit {
  readonly branch: string;
  readonly path: string;
  readonly digest: string;
  readonly commitMessage: string;
}

/** One commit with the plan on top of the base's files; gives its SHA. Errors: GitHubError. */
export async function pushReport(github: GitHub, report: ReportCommit, to: Push): Promise<string> {
  const { base, wanted, declined, confirmed } = to;
  const way = wayTo(to);
  const sha = await makeCommit(github, {
    baseTree: base.tree,
    parents: way.parents,
    // The header keeps the hashes of declined lines, so that a reviewer may put one back.
    files: { [report.path]: writePlan({ header: wanted.header, items: wanted.items, confirmed }) },
    message: reportMessage(report.commitMessage, report.digest, declined),
  });
  await pointBranch(github, report.branch, sha, way.how);
  return sha;
}

/**
 * How the new commit joins the branch. Force only over a head of our own, or one that a closed pull request keeps; over a person's commit it is
 * built on, and the base merged in where that has moved. Under a confirmation its author's commit stays as well: who confirmed must not be able
 * to approve, and only the commit tells who it was.
 */
function wayTo({ branch, base, over, confirmed }: Push): {
  readonly parents: readonly string[];
  readonly how: "create" | "forward" | "force";
} {
  if (branch === undefined) return { parents: [base.sha], how: "create" };
  if (branch.ahead === 0) return { parents: [base.sha], how: "forward" };
  if (over) return { parents: [base.sha], how: "force" };
  if (branch.mergeBase === base.sha) return { parents: [branch.head], how: "forward" };
  const bury = branch.ours && confirmed.length === 0;
  return bury ? { parents: [base.sha], how: "force" } : { parents: [branch.head, base.sha], how: "forward" };
}
