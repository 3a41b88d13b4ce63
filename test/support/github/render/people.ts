/** Accounts, apps and repositories as GitHub prints them. */
import { roleOf } from "../access.ts";
import type { Account, Actor, Repository, Schemas, World } from "../state.ts";

export function user(world: World, who: Account): Schemas["simple-user"] {
  const url = `${world.origin}/users/${encodeURIComponent(who.login)}`;
  return {
    login: who.login,
    id: who.id,
    node_id: `U_${who.id}`,
    avatar_url: `${world.origin}/avatars/${who.id}`,
    gravatar_id: "",
    url,
    html_url: `${world.origin}/${who.type === "Bot" ? `apps/${who.login.replace("[bot]", "")}` : who.login}`,
    followers_url: `${url}/followers`,
    following_url: `${url}/following{/other_user}`,
    gists_url: `${url}/gists{/gist_id}`,
    starred_url: `${url}/starred{/owner}{/repo}`,
    subscriptions_url: `${url}/subscriptions`,
    organizations_url: `${url}/orgs`,
    repos_url: `${url}/repos`,
    events_url: `${url}/events{/privacy}`,
    received_events_url: `${url}/received_events`,
    type: who.type,
    site_admin: false,
  };
}

export function publicUser(world: World, who: Account): Schemas["public-user"] {
  const at = "2020-01-01T00:00:00Z";
  return {
    ...user(world, who),
    ...{ name: null, company: null, blog: null, location: null, email: null, hireable: null, bio: null },
    ...{ public_repos: 0, public_gists: 0, followers: 0, following: 0, created_at: at, updated_at: at },
  };
}

/** The app behind a bot's token; null for people, whose writes are not "performed via" an app. */
export function app(world: World, actor: Actor): Schemas["nullable-integration"] {
  if (actor.app === undefined) return null;
  return {
    id: actor.app.id,
    slug: actor.app.slug,
    node_id: `A_${actor.app.id}`,
    owner: user(world, { login: actor.app.slug === "github-actions" ? "github" : "acme", id: 1, type: "Organization" }),
    name: actor.app.name,
    description: "",
    external_url: `${world.origin}/apps/${actor.app.slug}`,
    html_url: `${world.origin}/apps/${actor.app.slug}`,
    created_at: "2020-01-01T00:00:00Z",
    updated_at: "2020-01-01T00:00:00Z",
    permissions: { ...actor.permissions },
    events: [],
  };
}

export const repositoryUrl = (world: World, repository: Repository) => `${world.origin}/repos/${repository.fullName}`;
export const siteUrl = (world: World, repository: Repository) => `${world.origin}/${repository.fullName}`;

export function repository(world: World, repo: Repository): Schemas["repository"] {
  const url = repositoryUrl(world, repo);
  const site = siteUrl(world, repo);
  const open = [...repo.threads.values()].filter((thread) => thread.state === "open").length;
  return {
    id: repo.id,
    node_id: `R_${repo.id}`,
    name: repo.name,
    full_name: repo.fullName,
    owner: user(world, repo.owner),
    private: repo.private,
    visibility: repo.private ? "private" : "public",
    html_url: site,
    description: null,
    fork: false,
    url,
    archive_url: `${url}/{archive_format}{/ref}`,
    assignees_url: `${url}/assignees{/user}`,
    blobs_url: `${url}/git/blobs{/sha}`,
    branches_url: `${url}/branches{/branch}`,
    collaborators_url: `${url}/collaborators{/collaborator}`,
    comments_url: `${url}/comments{/number}`,
    commits_url: `${url}/commits{/sha}`,
    compare_url: `${url}/compare/{base}...{head}`,
    contents_url: `${url}/contents/{+path}`,
    contributors_url: `${url}/contributors`,
    deployments_url: `${url}/deployments`,
    downloads_url: `${url}/downloads`,
    events_url: `${url}/events`,
    forks_url: `${url}/forks`,
    git_commits_url: `${url}/git/commits{/sha}`,
    git_refs_url: `${url}/git/refs{/sha}`,
    git_tags_url: `${url}/git/tags{/sha}`,
    hooks_url: `${url}/hooks`,
    issue_comment_url: `${url}/issues/comments{/number}`,
    issue_events_url: `${url}/issues/events{/number}`,
    issues_url: `${url}/issues{/number}`,
    keys_url: `${url}/keys{/key_id}`,
    labels_url: `${url}/labels{/name}`,
    languages_url: `${url}/languages`,
    merges_url: `${url}/merges`,
    milestones_url: `${url}/milestones{/number}`,
    notifications_url: `${url}/notifications{?since,all,participating}`,
    pulls_url: `${url}/pulls{/number}`,
    releases_url: `${url}/releases{/id}`,
    stargazers_url: `${url}/stargazers`,
    statuses_url: `${url}/statuses/{sha}`,
    subscribers_url: `${url}/subscribers`,
    subscription_url: `${url}/subscription`,
    tags_url: `${url}/tags`,
    teams_url: `${url}/teams`,
    trees_url: `${url}/git/trees{/sha}`,
    clone_url: `${site}.git`,
    git_url: `git://${new URL(site).host}/${repo.fullName}.git`,
    ssh_url: `git@${new URL(site).hostname}:${repo.fullName}.git`,
    svn_url: site,
    homepage: null,
    language: null,
    mirror_url: null,
    license: null,
    ...{ forks: 0, forks_count: 0, stargazers_count: 0, watchers: 0, watchers_count: 0, size: 1 },
    open_issues: open,
    open_issues_count: open,
    default_branch: repo.defaultBranch,
    ...{ has_issues: true, has_projects: false, has_wiki: false, has_pages: false, has_downloads: false },
    has_discussions: false,
    archived: false,
    disabled: false,
    topics: [],
    is_template: false,
    web_commit_signoff_required: false,
    allow_merge_commit: repo.mergeMethods.merge,
    allow_squash_merge: repo.mergeMethods.squash,
    allow_rebase_merge: repo.mergeMethods.rebase,
    allow_auto_merge: false,
    delete_branch_on_merge: repo.deleteBranchOnMerge,
    allow_forking: false,
    pushed_at: repo.createdAt,
    created_at: repo.createdAt,
    updated_at: repo.createdAt,
  };
}

export function fullRepository(world: World, repo: Repository, reader: Actor): Schemas["full-repository"] {
  const role = roleOf(repo, reader);
  const push = role === "write" || role === "maintain" || role === "admin";
  const { starred_at: _, master_branch: __, ...plain } = repository(world, repo);
  return {
    ...plain,
    topics: [],
    has_discussions: false,
    pushed_at: repo.createdAt,
    created_at: repo.createdAt,
    updated_at: repo.createdAt,
    subscribers_count: 0,
    network_count: 0,
    permissions: {
      admin: role === "admin",
      maintain: role === "admin" || role === "maintain",
      push,
      triage: push,
      pull: true,
    },
  };
}
