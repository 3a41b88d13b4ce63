import { UsageError } from "../errors.ts";
import type { Commits } from "../preview/tree.ts";
import type { GitHub } from "./client.ts";
import { readBlob } from "./objects.ts";

/** The repository's commits, through GitHub's API. Errors: GitHubError, and as `Commits` says. */
export function commitsOf(github: GitHub): Commits {
  const { here, rest } = github;
  return {
    async parents(sha) {
      const { data } = await rest.git.getCommit({ ...here, commit_sha: sha });
      return data.parents.map((parent) => parent.sha);
    },
    async mergeBase(base, head) {
      const { data } = await rest.repos.compareCommitsWithBasehead({
        ...here,
        basehead: `${base}...${head}`,
        per_page: 1,
      });
      return data.merge_base_commit.sha;
    },
    async files(sha) {
      const { data } = await rest.git.getTree({ ...here, tree_sha: sha, recursive: "1" });
      if (data.truncated)
        throw new UsageError(`GitHub lists commit ${sha.slice(0, 12)} only in part: it holds too many files`);
      return data.tree
        .filter(({ type }) => type === "blob")
        .map(({ path = "", sha: blob = "", size = 0 }) => ({ path, blob, size }));
    },
    text: (blob) => readBlob(github, blob),
  };
}
