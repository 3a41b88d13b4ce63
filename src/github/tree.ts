import { UsageError } from "../errors.ts";
import type { GitHub } from "./client.ts";
import { readTree } from "./objects.ts";

/** A file in the tree of a commit. */
export interface FolderFile {
  /** From the top of the repository. */
  readonly path: string;
  /** SHA of its text. */
  readonly blob: string;
  /** In bytes. */
  readonly size: number;
  /** May be run as a program; whoever writes it anew would have to say so again. */
  readonly executable: boolean;
}

/**
 * The files below a folder ("" for the top), links left out, sorted by path; none where there is no such folder. Walks down to it, so that the size
 * of the rest of the repository does not matter. Errors: UsageError where GitHub does not list all of it.
 */
export async function filesBelow(github: GitHub, sha: string, folder: string): Promise<readonly FolderFile[]> {
  let tree = sha;
  for (const part of folder.split("/").filter((name) => name !== "")) {
    const listed = await readTree(github, tree, { whole: false });
    const next = listed.tree.find(({ path, type }) => path === part && type === "tree");
    if (next?.sha === undefined) {
      if (listed.truncated) throw truncated(folder);
      return [];
    }
    tree = next.sha;
  }
  const below = await readTree(github, tree, { whole: true });
  if (below.truncated) throw truncated(folder);
  return below.tree
    .filter(({ type, mode }) => type === "blob" && mode !== "120000")
    .map(({ path = "", sha: blob = "", size = 0, mode }) => ({
      path: folder === "" ? path : `${folder}/${path}`,
      blob,
      size,
      executable: mode === "100755",
    }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

function truncated(folder: string): UsageError {
  return new UsageError(
    `GitHub lists ${folder === "" ? "the repository" : folder} only in part: it holds too many files`,
  );
}
