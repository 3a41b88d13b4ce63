/** Can a pull request be merged, and what its merge leaves behind, for each of GitHub's three methods. */
import { ancestors, commitsBetween, mergeBase, mergeTrees } from "./git-history.ts";
import { moveRef, personOf, removeRef, signed, webFlow } from "./pushes.ts";
import { must, Refusal } from "./reply.ts";
import { blockers, requirements } from "./rules.ts";
import type { Actor, Pull, Repository, Thread, World } from "./state.ts";

export type MergeMethod = "merge" | "squash" | "rebase";

function mergedTree(repo: Repository, base: string, head: string) {
  const { objects } = repo;
  const parted = mergeBase(objects, base, head);
  const root = parted === undefined ? undefined : objects.mustCommit(parted).tree;
  return mergeTrees(objects, root, objects.mustCommit(base).tree, objects.mustCommit(head).tree);
}

/** `mergeable`, `rebaseable` and `mergeable_state`. GitHub computes them after the first question, which it answers with null. */
export function mergeability(
  world: World,
  repo: Repository,
  thread: Thread,
  pull: Pull,
): { mergeable: boolean | null; rebaseable: boolean | null; mergeable_state: string } {
  const tip = repo.refs.get(`refs/heads/${pull.base}`);
  if (thread.state === "closed" || tip === undefined)
    return { mergeable: null, rebaseable: null, mergeable_state: "unknown" };
  const pair = `${tip}:${pull.headSha}`;
  if (world.mergeability === "background" && pull.mergeabilityTold !== pair) {
    pull.mergeabilityTold = pair;
    return { mergeable: null, rebaseable: null, mergeable_state: "unknown" };
  }
  const clean = "tree" in mergedTree(repo, tip, pull.headSha);
  const behind = !ancestors(repo.objects, pull.headSha).has(tip);
  const strict = requirements(repo, pull.base).strict;
  const state = !clean
    ? "dirty"
    : pull.draft
      ? "draft"
      : strict && behind
        ? "behind"
        : blockers(repo, thread, pull).length > 0
          ? "blocked"
          : unstable(repo, pull.headSha)
            ? "unstable"
            : "clean";
  return { mergeable: clean, rebaseable: clean, mergeable_state: state };
}

function unstable(repo: Repository, sha: string): boolean {
  const good = ["success", "neutral", "skipped"];
  return (
    repo.checks.some(
      (run) => run.headSha === sha && (run.status !== "completed" || !good.includes(run.conclusion ?? "")),
    ) || repo.statuses.some((status) => status.sha === sha && status.state !== "success")
  );
}

export interface MergeOptions {
  readonly method?: MergeMethod;
  readonly title?: string;
  readonly message?: string;
  /** The head the caller has seen; another one is refused with 409. */
  readonly sha?: string;
}

/** Merges or refuses as GitHub does: 405 when it cannot be merged, 409 when the head has moved. Returns the new tip of the base. */
export function merge(
  world: World,
  repo: Repository,
  thread: Thread,
  pull: Pull,
  by: Actor,
  options: MergeOptions = {},
): string {
  const method = options.method ?? "merge";
  if (thread.state === "closed") throw new Refusal(405, "Pull Request is not mergeable");
  if (!repo.mergeMethods[method])
    throw new Refusal(
      405,
      `${{ merge: "Merge commits", squash: "Squash merges", rebase: "Rebase merges" }[method]} are not allowed on this repository.`,
    );
  if (options.sha !== undefined && options.sha !== pull.headSha)
    throw new Refusal(409, "Head branch was modified. Review and try the merge again.");
  if (pull.draft) throw new Refusal(405, "Pull Request is still a draft");
  const tip = must(repo.refs.get(`refs/heads/${pull.base}`));
  const result = mergedTree(repo, tip, pull.headSha);
  if ("conflicts" in result) throw new Refusal(405, "Pull Request is not mergeable");
  const standing = blockers(repo, thread, pull, by);
  if (standing.length > 0) throw new Refusal(405, standing.join(" "));
  if (method === "merge" && requirements(repo, pull.base, by).linear)
    throw new Refusal(405, "Repository rule violations found\n\nThis branch must not contain merge commits.\n\n");

  const sha =
    method === "rebase"
      ? rebased(world, repo, pull, tip, by)
      : committed(world, repo, thread, pull, tip, result.tree, by, options);
  const now = world.now();
  // Closed before the branch moves: otherwise the move itself would be taken for a merge by hand.
  pull.merged = { at: now, by, sha };
  pull.baseSha = tip;
  Object.assign(thread, { state: "closed", closedAt: now, updatedAt: now, closedBy: by });
  moveRef(world, repo, `refs/heads/${pull.base}`, sha, by);
  if (repo.deleteBranchOnMerge) removeRef(world, repo, `refs/heads/${pull.head}`, by);
  return sha;
}

function committed(
  world: World,
  repo: Repository,
  thread: Thread,
  pull: Pull,
  tip: string,
  tree: string,
  by: Actor,
  options: MergeOptions,
): string {
  const now = world.now();
  const squash = options.method === "squash";
  const commits = commitsBetween(repo.objects, tip, pull.headSha);
  const only = commits.length === 1 ? commits[0] : undefined;
  const [subject = "", ...rest] = (only?.message ?? thread.title).split("\n");
  const title =
    options.title ??
    (squash
      ? `${subject} (#${thread.number})`
      : `Merge pull request #${thread.number} from ${repo.owner.login}/${pull.head}`);
  const listed =
    only === undefined ? commits.map((commit) => `* ${commit.message}`).join("\n\n") : rest.join("\n").trim();
  const message = options.message ?? (squash ? listed : thread.title);
  return repo.objects.putCommit({
    tree,
    parents: squash ? [tip] : [tip, pull.headSha],
    // A squash is written in the name of the one who opened the pull request, a merge of the one who pressed the button.
    author: personOf(squash ? thread.user : by, now),
    committer: webFlow(now),
    message: message === "" ? title : `${title}\n\n${message}`,
    ...signed(world),
  }).sha;
}

/** Each commit again on top of the base. GitHub signs none of them: it has not written them. */
function rebased(world: World, repo: Repository, pull: Pull, tip: string, by: Actor): string {
  const { objects } = repo;
  let at = tip;
  for (const commit of commitsBetween(objects, tip, pull.headSha)) {
    const [parent, second] = commit.parents;
    if (second !== undefined) continue;
    const from = parent === undefined ? undefined : objects.mustCommit(parent).tree;
    const replayed = mergeTrees(objects, from, objects.mustCommit(at).tree, commit.tree);
    if ("conflicts" in replayed) throw new Refusal(405, "This branch can't be rebased due to conflicts");
    const { author, message } = commit;
    at = objects.putCommit({
      tree: replayed.tree,
      parents: [at],
      author,
      committer: personOf(by, world.now()),
      message,
    }).sha;
  }
  return at;
}

/** The base merged into the head: the "Update branch" button, and `POST /merges`. Undefined when there is nothing to merge. */
export function updateBranch(world: World, repo: Repository, pull: Pull, by: Actor): string | undefined {
  const tip = must(repo.refs.get(`refs/heads/${pull.base}`));
  if (ancestors(repo.objects, pull.headSha).has(tip)) return undefined;
  const result = mergedTree(repo, pull.headSha, tip);
  if ("conflicts" in result) throw new Refusal(422, "merge conflict between base and head");
  const now = world.now();
  const { sha } = repo.objects.putCommit({
    tree: result.tree,
    parents: [pull.headSha, tip],
    author: personOf(by, now),
    committer: webFlow(now),
    message: `Merge branch '${pull.base}' into ${pull.head}`,
    ...signed(world),
  });
  moveRef(world, repo, `refs/heads/${pull.head}`, sha, by);
  return sha;
}
