import type { BranchFacts, EnvironmentFacts, Known, Protector, RepositoryFacts } from "../doctor/facts.ts";
import type { GitHub } from "./client.ts";
import { absent, GitHubError } from "./errors.ts";
import { known, refusedToJobs } from "./known.ts";
import { type LocalFile, readOwnFiles } from "./settings-files.ts";

/** How many rulesets of a branch are looked into, one call each, and how many rules. */
const RULESETS = 10;
const PAGE = 100;

const ADMIN = "administration: read";
const OLD_SERVER = "metadata: read (or, where this server is too old for rulesets, ask for it by branch protection)";

/** What to look at; the branch of the journal only where it is named. */
export interface Looked {
  readonly environment: string;
  readonly journal?: string;
  /** Files of a checkout, which spare a call each where they are what the default branch holds. */
  readonly local?: LocalFile;
  /** It is a job's own token, which never may read what Actions may do by default: that is not asked for. */
  readonly jobToken?: boolean;
}

/**
 * Reads the settings that decide whether a merge is an approval, by about ten calls and one for each file that no checkout has; changes nothing.
 * What the token may not see is said to be unknown, never taken for absent. Errors: UsageError; GitHubError where the repository itself cannot be
 * read, and where GitHub fails or is too busy, which says nothing of a setting.
 */
export async function readSettings(
  github: GitHub,
  { environment, journal, local = () => undefined, jobToken = false }: Looked,
): Promise<RepositoryFacts> {
  const { fullName, defaultBranch, private: isPrivate } = await github.about();
  const { here, rest } = github;
  const { facts: branch, head } = await lookAtBranch(github, defaultBranch);
  // The commit that the branch stands at: where its files were listed already, they are not asked for again.
  const files = await known("contents: read", () => readOwnFiles(github, head ?? `refs/heads/${defaultBranch}`, local));
  return {
    repository: fullName,
    private: isPrivate,
    branch,
    ...(journal === undefined ? {} : { journal: await readBranchFacts(github, journal) }),
    codeOwners: files.known ? { known: true, value: files.value.codeOwners } : files,
    actions: await known(ADMIN, async () => {
      if (jobToken) throw refusedToJobs();
      const { data } = await rest.actions.getGithubActionsDefaultWorkflowPermissionsRepository(here);
      return {
        canApprove: data.can_approve_pull_request_reviews,
        defaultWrite: data.default_workflow_permissions === "write",
      };
    }),
    environment: await known("actions: read", () => readEnvironment(github, environment)),
    workflows: files.known ? { known: true, value: files.value.workflows } : files,
  };
}

/** What protects a branch: classic protection and the active rulesets over it, which add up. A branch that is not there yet may have rulesets. */
export async function readBranchFacts(github: GitHub, branch: string): Promise<BranchFacts> {
  return (await lookAtBranch(github, branch)).facts;
}

/** `head`: the commit that it stands at, where that may be seen. */
async function lookAtBranch(
  github: GitHub,
  branch: string,
): Promise<{ readonly facts: BranchFacts; readonly head: string | undefined }> {
  const seen = await known(ADMIN, () => absent(github.rest.repos.getBranch({ ...github.here, branch })));
  const [classic, rules] = [
    seen.known ? await known(ADMIN, () => readClassic(github, branch, seen.value)) : seen,
    await known(github.enterprise ? OLD_SERVER : "metadata: read", () => readRulesets(github, branch)),
  ];
  const facts = {
    branch,
    protectors: [
      ...(classic.known && classic.value !== undefined ? [classic.value] : []),
      ...(rules.known ? (rules.value ?? []) : []),
    ],
    unread: [
      ...(classic.known ? [] : [{ name: "branch protection", because: classic.because, needs: classic.needs }]),
      ...(rules.known ? [] : [{ name: "rulesets", because: rules.because, needs: rules.needs }]),
    ],
    ...(rules.known && rules.value === undefined ? { notOffered: true } : {}),
  };
  return { facts, head: seen.known ? seen.value?.data.commit.sha : undefined };
}

type SeenBranch = Awaited<ReturnType<GitHub["rest"]["repos"]["getBranch"]>>;

/** Plans without protection of private branches answer so: then there is none. */
const NOT_IN_PLAN = /upgrade to github/i;

async function readClassic(
  { here, rest }: GitHub,
  branch: string,
  seen: SeenBranch | undefined,
): Promise<Protector | undefined> {
  // This much everyone may know who can read the code, and mostly it spares the call that only administrators may make.
  if (seen === undefined || !seen.data.protected || seen.data.protection.enabled === false) return undefined;
  try {
    const { data } = await rest.repos.getBranchProtection({ ...here, branch });
    const reviews = data.required_pull_request_reviews;
    const passes = reviews?.bypass_pull_request_allowances;
    const bypass = [
      ...(data.enforce_admins?.enabled === true ? [] : ["administrators"]),
      ...(passes?.users ?? []).map(({ login }) => login),
      ...(passes?.teams ?? []).map(({ slug }) => `team ${slug}`),
      ...(passes?.apps ?? []).map((app) => `app ${app?.slug ?? "?"}`),
    ];
    const checks = data.required_status_checks;
    return {
      name: "branch protection",
      pullRequest:
        reviews === undefined
          ? undefined
          : {
              approvals: reviews.required_approving_review_count ?? 0,
              codeOwners: reviews.require_code_owner_reviews,
              dismissStale: reviews.dismiss_stale_reviews,
              lastPush: reviews.require_last_push_approval === true,
            },
      noForcePush: data.allow_force_pushes?.enabled !== true,
      noDeletion: data.allow_deletions?.enabled !== true,
      checks: (checks?.checks ?? []).map(({ context, app_id: app }) => ({
        name: context,
        pinned: typeof app === "number",
      })),
      bypass: { known: true, value: bypass },
    };
  } catch (error) {
    // Those who may not look get a plain 404; to the others GitHub says in words that there is none.
    if (error instanceof GitHubError && error.kind === "not_found" && /not protected/i.test(error.detail))
      return undefined;
    if (error instanceof GitHubError && NOT_IN_PLAN.test(error.detail)) return undefined;
    throw error;
  }
}

/** Undefined where GitHub's plan has none for this repository. */
async function readRulesets(github: GitHub, branch: string): Promise<Protector[] | undefined> {
  const rules = await branchRules(github, branch);
  if (rules === undefined) return undefined;
  const byRuleset = Map.groupBy(rules, (rule) => rule.ruleset_id ?? 0);
  const found: Protector[] = [];
  for (const [id, own] of byRuleset) {
    const pulls = own.flatMap((rule) =>
      rule.type === "pull_request" && rule.parameters !== undefined ? [rule.parameters] : [],
    );
    const checks = own.flatMap((rule) =>
      rule.type === "required_status_checks" ? (rule.parameters?.required_status_checks ?? []) : [],
    );
    const workflows = own.flatMap((rule) => (rule.type === "workflows" ? (rule.parameters?.workflows ?? []) : []));
    const { name, bypass } = await rulesetBypass(github, id, found.length < RULESETS);
    found.push({
      name,
      pullRequest: own.some(({ type }) => type === "pull_request")
        ? {
            approvals: Math.max(0, ...pulls.map((one) => one.required_approving_review_count)),
            codeOwners: pulls.some((one) => one.require_code_owner_review),
            dismissStale: pulls.some((one) => one.dismiss_stale_reviews_on_push),
            lastPush: pulls.some((one) => one.require_last_push_approval),
          }
        : undefined,
      noForcePush: own.some(({ type }) => type === "non_fast_forward"),
      noDeletion: own.some(({ type }) => type === "deletion"),
      checks: [
        ...checks.map(({ context, integration_id: app }) => ({ name: context, pinned: typeof app === "number" })),
        ...workflows.map(({ path }) => ({ name: path, pinned: true })),
      ],
      bypass,
    });
  }
  return found;
}

async function branchRules(github: GitHub, branch: string) {
  try {
    const { data } = await github.rest.repos.getBranchRules({ ...github.here, branch, per_page: PAGE });
    return data;
  } catch (error) {
    if (error instanceof GitHubError && NOT_IN_PLAN.test(error.detail)) return undefined;
    throw error;
  }
}

/** GitHub's numbers for the built-in roles. */
const ROLES: Readonly<Record<number, string>> = { 2: "maintainers", 4: "writers", 5: "administrators" };

async function rulesetBypass(
  github: GitHub,
  id: number,
  ask: boolean,
): Promise<{ readonly name: string; readonly bypass: Known<readonly string[]> }> {
  const nameless = `ruleset ${id}`;
  if (!ask)
    return {
      name: nameless,
      bypass: { known: false, because: `more than ${RULESETS} rulesets`, needs: "fewer rulesets" },
    };
  const found = await known("metadata: read", async () => {
    const { data } = await github.rest.repos.getRepoRuleset({ ...github.here, ruleset_id: id });
    return data;
  });
  if (!found.known) return { name: nameless, bypass: found };
  const { name, bypass_actors: actors } = found.value;
  const shown = `ruleset "${name}"`;
  // Only those who may change a ruleset are told who may bypass it.
  if (actors === undefined) {
    const because = "who may bypass it is shown only to those who may change it";
    return {
      name: shown,
      bypass: { known: false, because, needs: "administration: write (or that of an administrator)" },
    };
  }
  const value = actors.map(({ actor_type: type, actor_id: actor }) => {
    if (type === "OrganizationAdmin") return "organization administrators";
    if (type === "RepositoryRole" && typeof actor === "number" && ROLES[actor] !== undefined) return ROLES[actor];
    return `${type} ${actor ?? ""}`.trim();
  });
  return { name: shown, bypass: { known: true, value } };
}

async function readEnvironment(github: GitHub, name: string): Promise<EnvironmentFacts | undefined> {
  const { here, rest } = github;
  const found = await absent(rest.repos.getEnvironment({ ...here, environment_name: name }));
  if (found === undefined) return undefined;
  const { deployment_branch_policy: policy } = found.data;
  const admins: unknown = Reflect.get(found.data, "can_admins_bypass");
  return {
    name: found.data.name,
    adminsBypass: typeof admins === "boolean" ? admins : undefined,
    branches:
      policy === null || policy === undefined
        ? "all"
        : policy.protected_branches
          ? "protected"
          : await known("actions: read", async () => {
              const asked = { ...here, environment_name: name, per_page: PAGE };
              const { data } = await rest.repos.listDeploymentBranchPolicies(asked);
              return data.branch_policies.map((one) => {
                const kind: unknown = Reflect.get(one, "type");
                return { name: one.name ?? "", kind: kind === "tag" ? ("tag" as const) : ("branch" as const) };
              });
            }),
  };
}
