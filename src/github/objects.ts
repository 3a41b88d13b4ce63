import type { GitHub } from "./client.ts";

/** Git's trees and blobs by name: what a SHA names never changes, so that within one run each is asked for once. */

type TreeAnswer = Awaited<ReturnType<GitHub["rest"]["git"]["getTree"]>>["data"];

interface Objects {
  readonly trees: Map<string, Promise<TreeAnswer>>;
  readonly blobs: Map<string, Promise<string>>;
}

const kept = new WeakMap<GitHub, Objects>();

function objectsOf(github: GitHub): Objects {
  const objects = kept.get(github) ?? { trees: new Map(), blobs: new Map() };
  kept.set(github, objects);
  return objects;
}

/** GitHub gives no branch and no tag such a name. */
const SHA = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

/**
 * The listing of a tree: by its SHA or that of a commit, or as it is now by the name of a ref, written in full (`refs/heads/main`): of a tag and a branch of
 * one short name GitHub may take either. `whole`: folders too. May be cut short (`truncated`). Errors: GitHubError.
 * https://docs.github.com/en/rest/git/trees#get-a-tree ("The SHA1 value or ref (branch or tag) name of the tree")
 */
export async function readTree(
  github: GitHub,
  name: string,
  { whole }: { readonly whole: boolean },
): Promise<TreeAnswer> {
  const ask = async (): Promise<TreeAnswer> => {
    const asked = { ...github.here, tree_sha: name, ...(whole ? { recursive: "1" } : {}) };
    return (await github.rest.git.getTree(asked)).data;
  };
  return SHA.test(name) ? remembered(objectsOf(github).trees, `${name} ${whole}`, ask) : ask();
}

/** The text of a blob. Errors: GitHubError. */
export async function readBlob(github: GitHub, sha: string): Promise<string> {
  return remembered(objectsOf(github).blobs, sha, async () => {
    const { data } = await github.rest.git.getBlob({ ...github.here, file_sha: sha });
    return Buffer.from(data.content, "base64").toString("utf8");
  });
}

/** What failed is asked for again. */
async function remembered<T>(known: Map<string, Promise<T>>, key: string, ask: () => Promise<T>): Promise<T> {
  const answer = known.get(key) ?? ask();
  known.set(key, answer);
  try {
    return await answer;
  } catch (error) {
    known.delete(key);
    throw error;
  }
}
