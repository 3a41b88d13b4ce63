/** The repository itself and its settings: permissions, environments, variables, dispatches; and accounts and limits outside of it. */
import { roleOf } from "../access.ts";
import { findCommit } from "../refs.ts";
import { workflowRun } from "../render/actions.ts";
import { fullRepository, publicUser, repositoryUrl, siteUrl, user } from "../render/people.ts";
import { must, notFound, page, Refusal } from "../reply.ts";
import type { Environment, Repository, World } from "../state.ts";
import { account } from "../world.ts";
import { route, siteRoute } from "./route.ts";

function environmentBody(world: World, repo: Repository, one: Environment) {
  const rule = (type: string, more: object) => ({ id: one.id, node_id: `GA_${one.id}`, type, ...more });
  return {
    id: one.id,
    node_id: `EN_${one.id}`,
    name: one.name,
    url: `${repositoryUrl(world, repo)}/environments/${encodeURIComponent(one.name)}`,
    html_url: `${siteUrl(world, repo)}/deployments/activity_log?environments_filter=${encodeURIComponent(one.name)}`,
    created_at: repo.createdAt,
    updated_at: repo.createdAt,
    can_admins_bypass: one.canAdminsBypass,
    protection_rules: [
      ...(one.waitTimer > 0 ? [rule("wait_timer", { wait_timer: one.waitTimer })] : []),
      ...(one.reviewers.length > 0
        ? [
            rule("required_reviewers", {
              prevent_self_review: one.preventSelfReview,
              reviewers: one.reviewers.map((login) => ({ type: "User", reviewer: user(world, account(world, login)) })),
            }),
          ]
        : []),
      ...(one.branches === null ? [] : [rule("branch_policy", {})]),
    ],
    deployment_branch_policy:
      one.branches === null
        ? null
        : { protected_branches: one.branches === "protected", custom_branch_policies: one.branches !== "protected" },
  };
}

export const repositoryRoutes = [
  route("repos/get", "metadata:read", ({ world, repo, actor }) => {
    return { status: 200, body: fullRepository(world, repo, actor) };
  }),
  route("repos/get-collaborator-permission-level", "metadata:read", ({ world, repo, path }) => {
    const who = world.accounts.get(path.username.toLowerCase());
    if (who === undefined) throw new Refusal(404, `${path.username} is not a user`);
    const role = who.type === "Bot" ? undefined : roleOf(repo, who);
    // The old word for the level: maintain counts as write, triage as read. The real role stands in role_name.
    const permission = role === "maintain" ? "write" : role === "triage" ? "read" : (role ?? "none");
    const held = {
      pull: role !== undefined,
      triage: role !== undefined && role !== "read",
      push: role === "write" || role === "maintain" || role === "admin",
      maintain: role === "maintain" || role === "admin",
      admin: role === "admin",
    };
    const body = {
      permission,
      role_name: role ?? "none",
      user: { ...user(world, who), role_name: role ?? "none", permissions: held },
    };
    return { status: 200, body };
  }),
  route("repos/get-environment", "actions:read", ({ world, repo, path }) => {
    return { status: 200, body: environmentBody(world, repo, must(repo.environments.get(path.environment_name))) };
  }),
  route("repos/list-deployment-branch-policies", "actions:read", ({ repo, path, query, url }) => {
    const { branches, id } = must(repo.environments.get(path.environment_name));
    if (!Array.isArray(branches)) throw notFound();
    const policies = branches.map((name: string, index) => ({
      id: id * 100 + index,
      node_id: `GA_${id}_${index}`,
      name,
      type: "branch",
    }));
    const cut = page(policies, query, url);
    return { status: 200, headers: cut.headers, body: { total_count: policies.length, branch_policies: cut.items } };
  }),
  route("actions/get-github-actions-default-workflow-permissions-repository", "administration:read", ({ repo }) => {
    const { default: level, canApprove } = repo.workflowPermissions;
    return { status: 200, body: { default_workflow_permissions: level, can_approve_pull_request_reviews: canApprove } };
  }),
  route("actions/get-repo-variable", "variables:read", ({ repo, path }) => {
    // Names of variables are upper case, whatever is asked for.
    const name = path.name.toUpperCase();
    const value = must(repo.variables.get(name));
    return { status: 200, body: { name, value, created_at: repo.createdAt, updated_at: repo.createdAt } };
  }),
  route("repos/create-dispatch-event", "contents:write", ({ world, repo, actor, body }) => {
    const payload = body.client_payload ?? {};
    if (JSON.stringify(payload).length > 65_535) throw new Refusal(422, "client_payload is too large.");
    repo.dispatches.push({
      event: body.event_type,
      ref: `refs/heads/${repo.defaultBranch}`,
      payload,
      actor: actor.login,
      at: world.now(),
    });
    return { status: 204 };
  }),
  route("actions/create-workflow-dispatch", "actions:write", ({ world, repo, actor, path, body }) => {
    const file = `.github/workflows/${path.workflow_id}`;
    const commit = findCommit(repo, body.ref);
    if (commit === undefined) throw new Refusal(422, `No ref found for: ${body.ref}`);
    if (!repo.objects.files(commit.tree).has(file)) throw notFound();
    repo.dispatches.push({
      event: `workflow:${path.workflow_id}`,
      ref: body.ref,
      payload: body.inputs ?? {},
      actor: actor.login,
      at: world.now(),
    });
    return { status: 204 };
  }),
  route("actions/get-workflow-run", "actions:read", ({ world, repo, path }) => {
    return { status: 200, body: workflowRun(world, repo, path.run_id, must(repo.workflowRuns.get(path.run_id))) };
  }),
  siteRoute("users/get-authenticated", ({ world, actor }) => {
    // An app's token stands for an installation, not for an account that could be asked for.
    if (actor.type === "Bot") throw new Refusal(403, "Resource not accessible by integration");
    return { status: 200, body: publicUser(world, actor) };
  }),
  siteRoute("users/get-by-username", ({ world, path }) => {
    return { status: 200, body: publicUser(world, must(world.accounts.get(path.username.toLowerCase()))) };
  }),
  siteRoute("rate-limit/get", ({ rate }) => {
    const core = {
      limit: rate.limit,
      used: rate.used,
      remaining: Math.max(0, rate.limit - rate.used),
      reset: rate.resetAt,
    };
    return {
      status: 200,
      body: { resources: { core, search: { ...core, limit: 30, used: 0, remaining: 30 } }, rate: core },
    };
  }),
];
