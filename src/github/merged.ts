import { Bug, type Problem, UsageError, UserError } from "../errors.ts";
import { readPlan } from "../plan/file.ts";
import type { Plan } from "../types/plan.ts";
import type { GitHub } from "./client.ts";
import { absent, GitHubError } from "./errors.ts";
import { branchHead } from "./git.ts";
import { readBlob } from "./objects.ts";
import { type FolderFile, filesBelow } from "./tree.ts";

export interface MergedPlan {
  readonly path: string;
  readonly plan: Plan;
  /** Git's name for the file's content. */
  readonly blob: string;
  /**
   * Names the approval for the journal: `commit/` and the commit that last touched the file. Read off history alone, so that every run finds the
   * same: what GitHub knows of pull requests may come late or be denied, and a changed name would apply an approval twice. Errors: GitHubError.
   */
  approval(): Promise<string>;
  /**
   * Whether the file still stands so on the default branch, by an answer that is no older than a minute: one call, and where the branch moved those that
   * list the folder, shared by all plans. Errors: GitHubError.
   */
  stands(): Promise<boolean>;
  /** The pull request that brought the file as it is. For comments and links only; undefined where it cannot be found. */
  pullRequest(): Promise<BroughtBy | undefined>;
}

export interface BroughtBy {
  readonly number: number;
  readonly url: string;
  readonly branch: string;
  /** ISO 8601. */
  readonly mergedAt: string;
  /** What the merge made of it on the default branch: the merge commit, the squashed one, the last of the rebased ones. */
  readonly mergeCommit: string | undefined;
}

export interface MergedPlans {
  readonly plans: readonly MergedPlan[];
  /** Plan files that are not as the engine wrote them; nothing of them is applied, and they do not hold up the others. */
  readonly refused: readonly { readonly path: string; readonly problems: readonly Problem[] }[];
}

/** A revert that is younger may go unseen; whoever is in a hurry has the kill switch. */
const FRESH_MS = 60_000;
/** In bytes. A plan is kept below 400 KB so that GitHub shows its diff; this much is no plan of ours. */
const LARGEST = 4 * 1024 * 1024;

/**
 * The plans (`*.jsonl` below `folder`) in the tree of a commit, read through the API, so that the job that applies them needs no checkout. Only what
 * stands on the default branch was approved: errors are UsageError where `sha` is not on it, GitHubError where GitHub does not answer.
 */
export async function mergedPlans(
  github: GitHub,
  from: { readonly sha: string; readonly folder: string },
): Promise<MergedPlans> {
  const { sha } = from;
  const at = github.clock.now();
  const head = await assertOnDefaultBranch(github, sha);
  const folder = from.folder.replace(/^\.?\/+|\/+$/g, "");
  // A job may have waited for its turn or for a reviewer: what was taken back from the branch since is approved no more.
  const standing = head === sha ? undefined : await planFiles(github, head, folder);
  const files = (await planFiles(github, sha, folder)).filter(({ path, blob }) => {
    return standing === undefined || standing.some((now) => now.path === path && now.blob === blob);
  });
  const stillThere = lookout(github, folder, { at, head });
  const plans: MergedPlan[] = [];
  const refused: { path: string; problems: readonly Problem[] }[] = [];
  for (const { path, blob, size } of files) {
    try {
      if (size > LARGEST) throw tooLarge(path, size);
      const plan = readPlan(path, await readBlob(github, blob));
      const commit = once(() => lastCommit(github, sha, path));
      const approval = async () => `commit/${await commit()}`;
      const pullRequest = once(() => broughtBy(github, path, commit));
      plans.push({ path, plan, blob, approval, stands: () => stillThere(path, blob), pullRequest });
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      refused.push({ path, problems: error.problems });
    }
  }
  return { plans, refused };
}

/** The head of the default branch. */
async function assertOnDefaultBranch(github: GitHub, sha: string): Promise<string> {
  const { defaultBranch } = await github.about();
  const head = await branchHead(github, defaultBranch);
  if (head === sha) return sha;
  // Ahead: the branch has everything that the commit has, and more.
  const compared = await absent(
    github.rest.repos.compareCommitsWithBasehead({
      ...github.here,
      basehead: `${sha}...${head ?? defaultBranch}`,
      per_page: 1,
    }),
  );
  if (head !== undefined && (compared?.data.status === "ahead" || compared?.data.status === "identical")) return head;
  throw new UsageError(
    `commit ${sha.slice(0, 12)} is not on ${defaultBranch}, the default branch: only what was merged there is approved`,
  );
}

async function planFiles(github: GitHub, sha: string, folder: string): Promise<readonly FolderFile[]> {
  return (await filesBelow(github, sha, folder)).filter(({ path }) => path.endsWith(".jsonl"));
}

/** Tells of plan files whether they stand on the default branch as they did at the first look. */
function lookout(
  github: GitHub,
  folder: string,
  first: { readonly at: number; readonly head: string },
): (path: string, blob: string) => Promise<boolean> {
  let { at, head } = first;
  /** As of the last look that found the branch moved; undefined while it is where it was. */
  let files: readonly FolderFile[] | undefined;
  return async (path, blob) => {
    const now = github.clock.now();
    if (now - at > FRESH_MS) {
      const { defaultBranch } = await github.about();
      const tip = await branchHead(github, defaultBranch);
      if (tip !== head) files = tip === undefined ? [] : await planFiles(github, tip, folder);
      head = tip ?? "";
      at = now;
    }
    return files === undefined || files.some((file) => file.path === path && file.blob === blob);
  };
}

/** SHA of the last commit that touched the file, seen from a commit or branch. Errors: GitHubError. */
export async function lastCommit(github: GitHub, sha: string, path: string): Promise<string> {
  const { data } = await github.rest.repos.listCommits({ ...github.here, sha, path, per_page: 1 });
  const [last] = data;
  if (last === undefined) throw new Bug(`${path} stands in a commit, but no commit brought it`);
  return last.sha;
}

/** The pull request that brought the commit which last touched the file; undefined where it cannot be found. */
export async function broughtBy(
  github: GitHub,
  path: string,
  commit: () => Promise<string>,
): Promise<BroughtBy | undefined> {
  const { here, rest } = github;
  try {
    const asked = { ...here, commit_sha: await commit() };
    const { data } = await rest.repos.listPullRequestsAssociatedWithCommit(asked);
    const [pull] = data.flatMap(({ merged_at: mergedAt, ...one }) =>
      typeof mergedAt === "string" ? [{ ...one, mergedAt }] : [],
    );
    if (pull === undefined) return undefined;
    const { number, html_url: url, head, mergedAt, merge_commit_sha: merged } = pull;
    return { number, url, branch: head.ref, mergedAt, mergeCommit: merged ?? undefined };
  } catch (error) {
    if (!(error instanceof GitHubError)) throw error;
    // Where to say what was done must not decide whether it is done.
    github.logger.warn(`${path}: the pull request that brought it was not found: ${error.message}`);
    return undefined;
  }
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

function tooLarge(file: string, size: number): UserError {
  return new UserError([{ file, line: 1, column: 1, message: `a plan of ${size} bytes; ${LARGEST} is the most` }]);
}
