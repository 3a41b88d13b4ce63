/** Branches, their classic protection and the rulesets over them: what `doctor` reads. */
import { hasRole } from "../access.ts";
import { commit } from "../render/git.ts";
import { repositoryUrl, siteUrl } from "../render/people.ts";
import { listed, must, Refusal } from "../reply.ts";
import { isProtected, rulesetsOf } from "../rules.ts";
import type { Actor, Protection, Repository, Ruleset, Schemas, World } from "../state.ts";
import { route } from "./route.ts";

const branchUrl = (world: World, repo: Repository, branch: string) =>
  `${repositoryUrl(world, repo)}/branches/${encodeURIComponent(branch)}`;

function protectionBody(
  world: World,
  repo: Repository,
  branch: string,
  rule: Protection,
): Schemas["branch-protection"] {
  const url = `${branchUrl(world, repo, branch)}/protection`;
  return {
    url,
    enforce_admins: { url: `${url}/enforce_admins`, enabled: rule.enforceAdmins === true },
    required_linear_history: { enabled: false },
    allow_force_pushes: { enabled: rule.allowForcePushes === true },
    allow_deletions: { enabled: rule.allowDeletions === true },
    ...(rule.approvals === undefined
      ? {}
      : {
          required_pull_request_reviews: {
            url: `${url}/required_pull_request_reviews`,
            dismiss_stale_reviews: rule.dismissStale === true,
            require_code_owner_reviews: rule.codeOwners === true,
            require_last_push_approval: rule.lastPushApproval === true,
            required_approving_review_count: rule.approvals,
          },
        }),
    ...(rule.checks === undefined
      ? {}
      : {
          required_status_checks: {
            url: `${url}/required_status_checks`,
            strict: rule.strict === true,
            contexts: rule.checks.map((check) => check.context),
            contexts_url: `${url}/required_status_checks/contexts`,
            checks: rule.checks.map((check) => ({ context: check.context, app_id: check.app ?? null })),
          },
        }),
  };
}

function rulesetBody(world: World, repo: Repository, ruleset: Ruleset, reader: Actor, whole: boolean) {
  return {
    id: ruleset.id,
    name: ruleset.name,
    target: "branch",
    source_type: "Repository",
    source: repo.fullName,
    enforcement: ruleset.enforcement,
    node_id: `RRS_${ruleset.id}`,
    _links: {
      self: { href: `${repositoryUrl(world, repo)}/rulesets/${ruleset.id}` },
      html: { href: `${siteUrl(world, repo)}/rules/${ruleset.id}` },
    },
    created_at: ruleset.createdAt,
    updated_at: ruleset.createdAt,
    ...(whole
      ? {
          conditions: { ref_name: { include: [...ruleset.include], exclude: [...ruleset.exclude] } },
          rules: ruleset.rules,
          current_user_can_bypass: "never",
        }
      : {}),
    // Who may bypass is shown only to those who may change the ruleset.
    ...(whole && mayChange(repo, reader) ? { bypass_actors: ruleset.bypassActors } : {}),
  };
}

function mayChange(repo: Repository, reader: Actor): boolean {
  if (reader.type === "User") return hasRole(repo, reader, "admin");
  return reader.permissions === undefined || reader.permissions.administration === "write";
}

export const branchRoutes = [
  route("repos/list-branches", "contents:read", ({ world, repo, query, url }) => {
    const found = [...repo.refs]
      .filter(([ref]) => ref.startsWith("refs/heads/"))
      .map(([ref, sha]) => {
        const name = ref.slice(11);
        return {
          name,
          commit: { sha, url: `${repositoryUrl(world, repo)}/commits/${sha}` },
          protected: isProtected(repo, name),
        };
      })
      .filter((branch) => query.protected === undefined || branch.protected === query.protected)
      .sort((a, b) => (a.name < b.name ? -1 : 1));
    return listed(found, query, url);
  }),
  route("repos/get-branch", "contents:read", ({ world, repo, path }) => {
    const sha = must(repo.refs.get(`refs/heads/${path.branch}`), () => new Refusal(404, "Branch not found"));
    const url = branchUrl(world, repo, path.branch);
    const checks = repo.protections.get(path.branch)?.checks ?? [];
    return {
      status: 200,
      body: {
        name: path.branch,
        commit: commit(world, repo, repo.objects.mustCommit(sha)),
        _links: { html: `${siteUrl(world, repo)}/tree/${path.branch}`, self: url },
        protected: isProtected(repo, path.branch),
        protection: {
          enabled: repo.protections.has(path.branch),
          required_status_checks: {
            enforcement_level: checks.length > 0 ? "non_admins" : "off",
            contexts: checks.map((check) => check.context),
            checks: checks.map((check) => ({ context: check.context, app_id: check.app ?? null })),
          },
        },
        protection_url: `${url}/protection`,
      },
    };
  }),
  route("repos/get-branch-protection", "administration:read", ({ world, repo, path }) => {
    must(repo.refs.get(`refs/heads/${path.branch}`), () => new Refusal(404, "Branch not found"));
    const rule = must(repo.protections.get(path.branch), () => new Refusal(404, "Branch not protected"));
    return { status: 200, body: protectionBody(world, repo, path.branch, rule) };
  }),
  route("repos/get-branch-rules", "metadata:read", ({ repo, path, query, url }) => {
    const rules = rulesetsOf(repo, path.branch).flatMap((ruleset) =>
      ruleset.rules.map((rule) => ({
        ...rule,
        ruleset_source_type: "Repository",
        ruleset_source: repo.fullName,
        ruleset_id: ruleset.id,
      })),
    );
    return listed(rules, query, url);
  }),
  route("repos/get-repo-rulesets", "metadata:read", ({ world, repo, actor, query, url }) => {
    return listed(
      repo.rulesets.map((ruleset) => rulesetBody(world, repo, ruleset, actor, false)),
      query,
      url,
    );
  }),
  route("repos/get-repo-ruleset", "metadata:read", ({ world, repo, actor, path }) => {
    const found = must(repo.rulesets.find((ruleset) => ruleset.id === path.ruleset_id));
    return { status: 200, body: rulesetBody(world, repo, found, actor, true) };
  }),
];
