/** GitHub's Revert button on a merged pull request: a branch with one commit that takes the merge back, and a pull request of it. */
import { mergeTrees } from "./git-history.ts";
import { moveRef, personOf, signature, webFlow } from "./pushes.ts";
import { must } from "./reply.ts";
import { openPull } from "./routes/pulls.ts";
import type { Actor, Repository, World } from "./state.ts";
import { pullOf } from "./threads.ts";

/** Gives the number of the new pull request; throws where GitHub would not revert because of conflicts. */
export function pressRevert(world: World, repo: Repository, number: number, by: Actor): number {
  const { thread, pull } = pullOf(repo, number);
  const { objects } = repo;
  const merged = must(pull.merged ?? undefined);
  const tip = must(repo.refs.get(`refs/heads/${pull.base}`));
  const tree = (sha: string): string => objects.mustCommit(sha).tree;
  // The base as it was before the merge, seen from the merge: what came with it goes, what came later stays.
  const back = mergeTrees(objects, tree(merged.sha), tree(tip), tree(pull.baseSha));
  if ("conflicts" in back) throw new Error("GitHub cannot revert this pull request by itself");
  const now = world.now();
  const { sha } = objects.putCommit({
    tree: back.tree,
    parents: [tip],
    author: personOf(by, now),
    committer: webFlow(now),
    message: `Revert "${thread.title}"\n\nThis reverts commit ${merged.sha}.`,
    signature,
  });
  const head = `revert-${number}-${pull.head}`;
  moveRef(world, repo, `refs/heads/${head}`, sha, by);
  const body = `Reverts ${repo.owner.login}/${repo.name}#${number}`;
  return openPull(world, repo, by, { head, base: pull.base, title: `Revert "${thread.title}"`, body, draft: false })
    .thread.number;
}
