import { createHash } from "node:crypto";
import type { GitHub } from "./client.ts";
import { GitHubError } from "./errors.ts";
import { makeCommit, pointBranch } from "./git.ts";

/** Files on the journal's branch, each write one call and one commit. */

export interface FileWrite {
  readonly branch: string;
  readonly path: string;
  readonly text: string;
  /** Git's name of the text that is replaced; undefined where there is to be none. */
  readonly replaces: string | undefined;
  readonly message: string;
}

/**
 * Naming the blob that is replaced makes sending twice safe: what was written in between is never lost, and nothing is written twice. Errors:
 * GitHubError; `conflict` where something else stands there, or where the branch moved meanwhile.
 */
export async function putFile(github: GitHub, { branch, path, text, replaces, message }: FileWrite): Promise<void> {
  await github.rest.repos.createOrUpdateFileContents({
    ...github.here,
    path,
    branch,
    message,
    content: Buffer.from(text).toString("base64"),
    ...(replaces === undefined ? {} : { sha: replaces }),
  });
}

/** The branch is not there: it begins with a file that says what it is. Where a run beside this one was faster, theirs is as good. */
export async function beginBranch(github: GitHub, branch: string, month: string): Promise<void> {
  const sha = await makeCommit(github, {
    parents: [],
    files: { "README.md": README },
    message: `Begin the journal (${month})`,
  });
  try {
    await pointBranch(github, branch, sha, "create");
  } catch (error) {
    if (!(error instanceof GitHubError && error.kind === "conflict")) throw error;
  }
}

const README =
  "# Evenkeel's journal\n\nWhat Evenkeel was about to change, did change, and how it ended: JSON Lines, one file for each run, " +
  "only ever added to. Undo and finishing of interrupted runs are made from it. `claim.json` says which run applies just now, so that no other does. " +
  "Do not edit it; protect this branch against force pushes.\n";

/** Git's name for a text. */
export function blobSha(text: string): string {
  const data = Buffer.from(text);
  return createHash("sha1").update(`blob ${data.length}\0`).update(data).digest("hex");
}
