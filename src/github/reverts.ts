import { itemLine, planDigest } from "../plan/file.ts";
import type { Plan } from "../types/plan.ts";
import type { GitHub } from "./client.ts";
import { GitHubError } from "./errors.ts";
import { readText } from "./git.ts";
import { tryPlan } from "./report-branch.ts";

/** What GitHub's Revert button and `git revert` leave behind, and what of a plan a commit took away. */

export interface PlanCommit {
  readonly sha: string;
  readonly parent: string | undefined;
  readonly message: string;
  /** ISO 8601; when it was committed. */
  readonly at: string;
}

export interface CommitPull {
  readonly number: number;
  readonly url: string;
  readonly branch: string;
  readonly title: string;
}

/** Item lines of one plan that one commit took out of its file. */
export interface TakenOut {
  readonly path: string;
  /** The plan as it stood before. */
  readonly plan: Plan;
  readonly digest: string;
  /** Names the approval that brought it, as the journal does. */
  readonly approval: string;
  /** IDs of the items whose lines are gone. */
  readonly items: ReadonlySet<string>;
}

const COMMITS = 100;
/** A revert of a report touches the files of a report or two. */
const FILES = 5;

/** The last commits of a branch that touched the plans, newest first: one call. Errors: GitHubError. */
export async function planCommits(
  github: GitHub,
  from: { readonly branch: string; readonly folder: string },
): Promise<readonly PlanCommit[]> {
  const { data } = await github.rest.repos.listCommits({
    ...github.here,
    sha: from.branch,
    path: from.folder,
    per_page: COMMITS,
  });
  return data.map(({ sha, parents, commit }) => ({
    sha,
    parent: parents[0]?.sha,
    message: commit.message,
    at: commit.committer?.date ?? commit.author?.date ?? "",
  }));
}

/**
 * Whether a commit's message, or a pull request's title, says that it reverts something. Anybody may write that: it is a reason to look at what was
 * taken away, never one to act.
 */
export function saysRevert(text: string): boolean {
  return (
    /^Revert "/m.test(text) ||
    /^This reverts commit [0-9a-f]{7,64}\b/m.test(text) ||
    /^Reverts [\w.-]+\/[\w.-]+#\d+/m.test(text) ||
    // A merge commit names the branch.
    /^Merge pull request #\d+ from [\w.-]+\/revert-\d+-/.test(text)
  );
}

/** Whether a pull request is one that GitHub's Revert button opens. */
export function isRevertPull({ branch, title }: Pick<CommitPull, "branch" | "title">): boolean {
  return /^revert-\d+-/.test(branch) || saysRevert(title);
}

/** The merged pull request a commit came with; undefined where there is none, or it cannot be found out. */
export async function pullOfCommit(github: GitHub, sha: string): Promise<CommitPull | undefined> {
  try {
    const asked = { ...github.here, commit_sha: sha };
    const { data } = await github.rest.repos.listPullRequestsAssociatedWithCommit(asked);
    const pull = data.find(({ merged_at: merged }) => typeof merged === "string");
    return pull === undefined
      ? undefined
      : { number: pull.number, url: pull.html_url, branch: pull.head.ref, title: pull.title };
  } catch (error) {
    if (!(error instanceof GitHubError)) throw error;
    github.logger.warn(`the pull request of commit ${sha.slice(0, 12)} was not found: ${error.message}`);
    return undefined;
  }
}

/**
 * What a commit took out of the plans below `folder`, of those that `wanted` names by their digests: lines that stood before it and do not stand in the
 * file it left, if it left one. Plans that cannot be read are none. Errors: GitHubError.
 */
export async function takenOut(
  github: GitHub,
  { sha, parent }: PlanCommit,
  { folder, wanted }: { readonly folder: string; readonly wanted: (digest: string) => boolean },
): Promise<readonly TakenOut[]> {
  if (parent === undefined) return [];
  const { data } = await github.rest.repos.getCommit({ ...github.here, ref: sha });
  const touched = (data.files ?? []).flatMap(({ filename, status, previous_filename: before }) => {
    if (status === "removed" || status === "modified" || status === "changed") return [filename];
    return status === "renamed" && before !== undefined ? [before] : [];
  });
  const prefix = folder === "" ? "" : `${folder}/`;
  const paths = touched.filter((path) => path.startsWith(prefix) && path.endsWith(".jsonl")).slice(0, FILES);
  const found: TakenOut[] = [];
  for (const path of paths) {
    const plan = tryPlan(path, await readText(github, path, parent));
    if (plan === undefined || !wanted(planDigest(plan.header))) continue;
    const left = new Set((await readText(github, path, sha))?.split("\n") ?? []);
    const items = plan.items.filter((item) => !left.has(itemLine(item))).map(({ id }) => id);
    if (items.length === 0) continue;
    const approval = await broughtBy(github, path, parent);
    if (approval !== undefined)
      found.push({ path, plan, digest: planDigest(plan.header), approval, items: new Set(items) });
  }
  return found;
}

/** As `MergedPlan.approval` names it: the last commit that touched the file, seen from `sha`. */
async function broughtBy(github: GitHub, path: string, sha: string): Promise<string | undefined> {
  const { data } = await github.rest.repos.listCommits({ ...github.here, sha, path, per_page: 1 });
  const [last] = data;
  return last === undefined ? undefined : `commit/${last.sha}`;
}
