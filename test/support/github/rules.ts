/** Branch protection and rulesets: what they ask for, whether a push or a merge satisfies it. */
import { canWrite, hasRole } from "./access.ts";
import { ancestors } from "./git-history.ts";
import { Refusal } from "./reply.ts";
import type { Actor, Protection, Pull, Repository, Review, Ruleset, Schemas, Thread } from "./state.ts";

export interface Requirements {
  readonly pullRequest: boolean;
  readonly approvals: number;
  readonly dismissStale: boolean;
  readonly lastPushApproval: boolean;
  readonly checks: readonly { readonly context: string; readonly app?: number }[];
  readonly strict: boolean;
  readonly noForce: boolean;
  readonly noDelete: boolean;
  readonly noUpdate: boolean;
  readonly linear: boolean;
}

const glob = (pattern: string) =>
  new RegExp(
    `^${pattern
      .replaceAll(/[.+^${}()|[\]\\]/g, "\\$&")
      .replaceAll("**", "\0")
      .replaceAll("*", "[^/]*")
      .replaceAll("\0", ".*")
      .replaceAll("?", "[^/]")}$`,
  );

export function matchesBranch(repository: Repository, ruleset: Ruleset, branch: string): boolean {
  const hit = (pattern: string) =>
    pattern === "~ALL" ||
    (pattern === "~DEFAULT_BRANCH" && branch === repository.defaultBranch) ||
    glob(pattern).test(`refs/heads/${branch}`);
  return ruleset.include.some(hit) && !ruleset.exclude.some(hit);
}

/** The active rulesets of a branch; `bypass` leaves out those the actor may pass by. */
export function rulesetsOf(repository: Repository, branch: string, bypass?: Actor): Ruleset[] {
  return repository.rulesets.filter(
    (ruleset) =>
      ruleset.enforcement === "active" &&
      matchesBranch(repository, ruleset, branch) &&
      !(bypass !== undefined && ruleset.bypassActors.some((entry) => passes(repository, entry, bypass))),
  );
}

function passes(repository: Repository, entry: Schemas["repository-ruleset-bypass-actor"], actor: Actor): boolean {
  if (entry.actor_type === "Integration") return actor.app?.id === entry.actor_id;
  // GitHub's numbers for the built-in roles: 5 admin, 2 maintain, 4 write.
  const role = entry.actor_id === 5 ? "admin" : entry.actor_id === 2 ? "maintain" : "write";
  return entry.actor_type === "RepositoryRole" && actor.type === "User" && hasRole(repository, actor, role);
}

/** Classic protection and rulesets added up; the stricter one wins. With an actor: without what that actor may bypass. */
export function requirements(repository: Repository, branch: string, actor?: Actor): Requirements {
  const found = repository.protections.get(branch);
  const exempt = actor !== undefined && found?.enforceAdmins !== true && hasRole(repository, actor, "admin");
  const classic: Protection = found === undefined || exempt ? {} : found;
  const rules = rulesetsOf(repository, branch, actor).flatMap((ruleset) => ruleset.rules);
  const has = (type: string) => rules.some((rule) => rule.type === type);
  const pulls = rules.flatMap((rule) => (rule.type === "pull_request" ? [rule.parameters] : []));
  const checks = rules.flatMap((rule) => (rule.type === "required_status_checks" ? [rule.parameters] : []));
  const isProtected = found !== undefined && !exempt;
  return {
    pullRequest: classic.approvals !== undefined || has("pull_request"),
    approvals: Math.max(classic.approvals ?? 0, ...pulls.map((rule) => rule?.required_approving_review_count ?? 0)),
    dismissStale: classic.dismissStale === true || pulls.some((rule) => rule?.dismiss_stale_reviews_on_push === true),
    lastPushApproval:
      classic.lastPushApproval === true || pulls.some((rule) => rule?.require_last_push_approval === true),
    checks: [
      ...(classic.checks ?? []),
      ...checks.flatMap((rule) =>
        (rule?.required_status_checks ?? []).map(({ context, integration_id }) =>
          integration_id === undefined ? { context } : { context, app: integration_id },
        ),
      ),
    ],
    strict: classic.strict === true || checks.some((rule) => rule?.strict_required_status_checks_policy === true),
    noForce: (isProtected && classic.allowForcePushes !== true) || has("non_fast_forward"),
    noDelete: (isProtected && classic.allowDeletions !== true) || has("deletion"),
    noUpdate: has("update"),
    linear: has("required_linear_history"),
  };
}

export const isProtected = (repository: Repository, branch: string): boolean =>
  repository.protections.has(branch) || rulesetsOf(repository, branch).length > 0;

/** The last word of each reviewer who may write. A comment does not take back an approval; the author's own words never count. */
export function votes(repository: Repository, thread: Thread, pull: Pull): Review[] {
  const last = new Map<string, Review>();
  for (const review of pull.reviews)
    if (review.state !== "COMMENTED" && review.state !== "PENDING" && review.user.login !== thread.user.login)
      last.set(review.user.login, review);
  return [...last.values()].filter((review) => canWrite(repository, review.user));
}

/** What still stands between a pull request and its merge, in GitHub's words; empty when nothing does. */
export function blockers(repository: Repository, thread: Thread, pull: Pull, actor?: Actor): string[] {
  const needs = requirements(repository, pull.base, actor);
  const cast = votes(repository, thread, pull);
  const approvals = cast.filter((review) => review.state === "APPROVED");
  const pusher = repository.pushers.get(`refs/heads/${pull.head}`);
  const out: string[] = [];
  if (needs.pullRequest && cast.some((review) => review.state === "CHANGES_REQUESTED"))
    out.push("Changes were requested by a reviewer with write access.");
  if (approvals.length < needs.approvals)
    out.push(
      `At least ${needs.approvals} approving review${needs.approvals === 1 ? " is" : "s are"} required by reviewers with write access.`,
    );
  const fresh = approvals.some((review) => review.commitId === pull.headSha && review.user.login !== pusher);
  if (needs.lastPushApproval && !fresh)
    out.push("The most recent push must be approved by someone other than the person who pushed it.");
  for (const check of needs.checks) {
    const state = checkState(repository, pull.headSha, check);
    if (state !== "success") out.push(`Required status check "${check.context}" is ${state}.`);
  }
  const tip = repository.refs.get(`refs/heads/${pull.base}`);
  if (needs.strict && tip !== undefined && !ancestors(repository.objects, pull.headSha).has(tip))
    out.push("The head branch is not up to date with the base branch.");
  return out;
}

function checkState(repository: Repository, sha: string, check: { context: string; app?: number }): string {
  const run = repository.checks.findLast(
    (one) =>
      one.headSha === sha && one.name === check.context && (check.app === undefined || one.actor.app?.id === check.app),
  );
  if (run !== undefined) {
    if (run.status !== "completed") return run.status === "queued" ? "queued" : "in progress";
    return ["success", "neutral", "skipped"].includes(run.conclusion ?? "") ? "success" : "failing";
  }
  const status = repository.statuses.findLast((one) => one.sha === sha && one.context === check.context);
  if (status === undefined || check.app !== undefined) return "expected";
  return status.state === "success" ? "success" : status.state === "pending" ? "pending" : "failing";
}

/** Refuses a push the branch does not take: 422 through refs, 409 through contents. */
export function assertPush(
  repository: Repository,
  branch: string,
  actor: Actor,
  push: { readonly kind: "update" | "delete"; readonly force?: boolean; readonly status?: number },
): void {
  const needs = requirements(repository, branch, actor);
  const broken = [
    ...(push.kind === "delete" && needs.noDelete ? ["Cannot delete this branch"] : []),
    ...(push.kind === "update" && needs.noUpdate ? ["Cannot update this protected ref."] : []),
    ...(push.kind === "update" && needs.pullRequest ? ["Changes must be made through a pull request."] : []),
    ...(push.kind === "update" && needs.checks.length > 0 && !needs.pullRequest
      ? ["Required status checks are expected."]
      : []),
    ...(push.force === true && needs.noForce ? ["Cannot force-push to this branch"] : []),
  ];
  if (broken.length > 0)
    throw new Refusal(push.status ?? 422, `Repository rule violations found\n\n${broken.join("\n\n")}\n\n`);
}
