/** What happens when a branch moves: who pushed is remembered, pull requests follow, approvals go stale. */
import { ancestors } from "./git-history.ts";
import type { Person } from "./git-objects.ts";
import { requirements } from "./rules.ts";
import type { Account, Actor, Repository, World } from "./state.ts";
import { emailOf } from "./world.ts";

/** Committer of everything GitHub commits itself: merges, and edits made through its site or API. */
export const webFlow = (date: string): Person => ({ name: "GitHub", email: "noreply@github.com", date });
export const personOf = (who: Account, date: string): Person => ({ name: who.login, email: emailOf(who), date });
/** GitHub's own signature on a commit that it makes. */
export const signed = (world: World): { readonly signature?: string } => (world.signs ? { signature } : {});
/** Stands for GitHub's own signature; the commit's SHA covers it, as with git. */
export const signature = "-----BEGIN PGP SIGNATURE-----\n\nstand-in\n-----END PGP SIGNATURE-----\n";

export const branchOf = (ref: string): string | undefined =>
  ref.startsWith("refs/heads/") ? ref.slice(11) : undefined;

/** Moves (or creates) a ref. The rules have been asked before: this is what a push that was accepted does. */
export function moveRef(world: World, repo: Repository, ref: string, sha: string, by: Actor): void {
  if (repo.refs.get(ref) === sha) return;
  repo.refs.set(ref, sha);
  repo.pushers.set(ref, by.login);
  const branch = branchOf(ref);
  if (branch === undefined) return;
  const reachable = ancestors(repo.objects, sha);
  for (const thread of repo.threads.values()) {
    const { pull } = thread;
    if (pull === undefined || thread.state === "closed") continue;
    const base = repo.refs.get(`refs/heads/${pull.base}`);
    if (pull.head === branch) {
      pull.headSha = sha;
      if (base !== undefined) pull.baseSha = base;
      thread.updatedAt = world.now();
      if (requirements(repo, pull.base).dismissStale)
        for (const review of pull.reviews) if (review.state === "APPROVED") review.state = "DISMISSED";
    } else if (pull.base === branch && reachable.has(pull.headSha)) {
      // Pushed by hand onto the base: GitHub notices and calls the pull request merged.
      pull.merged = { at: world.now(), by, sha };
      Object.assign(thread, { state: "closed", closedAt: world.now(), updatedAt: world.now(), closedBy: by });
    }
  }
}

/** Removes a ref; open pull requests from or to a branch that goes are closed, as GitHub does. */
export function removeRef(world: World, repo: Repository, ref: string, by: Actor): void {
  repo.refs.delete(ref);
  const branch = branchOf(ref);
  for (const thread of repo.threads.values())
    if (
      thread.state === "open" &&
      branch !== undefined &&
      (thread.pull?.head === branch || thread.pull?.base === branch)
    )
      Object.assign(thread, { state: "closed", closedAt: world.now(), updatedAt: world.now(), closedBy: by });
}
