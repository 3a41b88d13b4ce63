import { createHash } from "node:crypto";
import { TextDecoder } from "node:util";
import { UsageError } from "../errors.ts";
import type { GitHub } from "./client.ts";
import { absent, orAlready } from "./errors.ts";

/** Branches, files and commits through the API: no checkout, no git. */

export interface Tip {
  readonly sha: string;
  readonly tree: string;
}

/** The head of a branch with its tree, or undefined. */
export async function findTip(github: GitHub, branch: string): Promise<Tip | undefined> {
  const found = await absent(github.rest.repos.getBranch({ ...github.here, branch }));
  if (found === undefined) return undefined;
  const { sha, commit } = found.data.commit;
  return { sha, tree: commit.tree.sha };
}

/** The same of a branch that must be there. Errors: UsageError. */
export async function branchTip(github: GitHub, branch: string): Promise<Tip> {
  const tip = await findTip(github, branch);
  if (tip !== undefined) return tip;
  throw new UsageError(
    `${github.here.owner}/${github.here.repo} has no branch ${branch}, or the token may not read it`,
  );
}

/** SHA of a branch's head, or undefined. */
export async function branchHead(github: GitHub, branch: string): Promise<string | undefined> {
  const found = await absent(github.rest.git.getRef({ ...github.here, ref: `heads/${branch}` }));
  return found?.data.object.sha;
}

/** Name and head of every branch whose name begins so. */
export async function branchesBelow(github: GitHub, prefix: string): Promise<ReadonlyMap<string, string>> {
  const { data } = await github.rest.git.listMatchingRefs({ ...github.here, ref: `heads/${prefix}` });
  return new Map(data.map(({ ref, object }) => [ref.replace(/^refs\/heads\//, ""), object.sha]));
}

/** The text of a file at a commit or branch, whole whatever its size; undefined where there is no file of that name. */
export async function readText(github: GitHub, path: string, ref: string): Promise<string | undefined> {
  const found = await absent(github.rest.repos.getContent({ ...github.here, path, ref, mediaType: { format: "raw" } }));
  // The types describe the JSON form, which leaves out the content of files above 1 MB.
  const data: unknown = found?.data;
  if (typeof data === "string") return data;
  return data instanceof ArrayBuffer ? new TextDecoder().decode(data) : undefined;
}

/** Git's name for a text. */
export function blobSha(text: string): string {
  const data = Buffer.from(text);
  return createHash("sha1").update(`blob ${data.length}\0`).update(data).digest("hex");
}

export interface NewCommit {
  /** Undefined for a tree that holds nothing else. */
  readonly baseTree?: string | undefined;
  readonly parents: readonly string[];
  /** Path -> text; null removes the file. */
  readonly files: Readonly<Record<string, string | null>>;
  readonly message: string;
}

/**
 * A commit that no branch leads to yet; gives its SHA. The texts travel within the tree, which saves a call for each. Neither author nor committer
 * is named: GitHub then signs the commit as the app's.
 */
export async function makeCommit(github: GitHub, commit: NewCommit): Promise<string> {
  const { here, rest } = github;
  const tree = Object.entries(commit.files).map(([path, content]) => {
    const file = { path, mode: "100644" as const, type: "blob" as const };
    return content === null ? { ...file, sha: null } : { ...file, content };
  });
  const base = commit.baseTree === undefined ? {} : { base_tree: commit.baseTree };
  const made = await rest.git.createTree({ ...here, ...base, tree });
  const { data } = await rest.git.createCommit({
    ...here,
    message: commit.message,
    tree: made.data.sha,
    parents: [...commit.parents],
  });
  return data.sha;
}

/**
 * Points a branch at a commit. An answer that got lost is looked up. Errors: GitHubError `conflict` where somebody else was faster, `denied` where
 * the branch's rules forbid it.
 */
export async function pointBranch(
  github: GitHub,
  branch: string,
  sha: string,
  how: "create" | "forward" | "force",
): Promise<void> {
  const { here, rest } = github;
  await orAlready(
    async () => {
      if (how === "create") await rest.git.createRef({ ...here, ref: `refs/heads/${branch}`, sha });
      else await rest.git.updateRef({ ...here, ref: `heads/${branch}`, sha, force: how === "force" });
      return sha;
    },
    async () => ((await branchHead(github, branch)) === sha ? sha : undefined),
  );
}

/** Deletes a branch; one that is gone already is as good. */
export async function deleteBranch(github: GitHub, branch: string): Promise<void> {
  await orAlready(
    async () => {
      await github.rest.git.deleteRef({ ...github.here, ref: `heads/${branch}` });
      return true;
    },
    async () => ((await branchHead(github, branch)) === undefined ? true : undefined),
  );
}
