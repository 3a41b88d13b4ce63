/** How a world begins: accounts and repositories with GitHub's defaults for everything a test does not say. */
import { GitObjects } from "./git-objects.ts";
import type { Account, Repository, Role, World } from "./state.ts";

export interface RepositoryOptions {
  readonly owner?: string;
  readonly name?: string;
  readonly private?: boolean;
  readonly defaultBranch?: string;
  readonly ownerType?: "User" | "Organization";
  readonly collaborators?: Readonly<Record<string, Role>>;
  readonly variables?: Readonly<Record<string, string>>;
  /** "Allow GitHub Actions to create and approve pull requests": off on GitHub for new repositories, on here unless said. */
  readonly actionsMayCreatePulls?: boolean;
  readonly deleteBranchOnMerge?: boolean;
}

export function createWorld(now: () => Date, mergeability: World["mergeability"], signs: boolean): World {
  let id = 1000;
  return {
    origin: "http://127.0.0.1",
    mergeability,
    signs,
    accounts: new Map(),
    actors: new Map(),
    repositories: new Map(),
    now: () =>
      now()
        .toISOString()
        .replace(/\.\d+Z$/, "Z"),
    nextId: () => ++id,
  };
}

/** The account of that login; a name seen for the first time becomes an account, so that stories need no cast list. */
export function account(world: World, login: string, type: Account["type"] = "User"): Account {
  const known = world.accounts.get(login.toLowerCase());
  if (known !== undefined) return known;
  const made: Account = { login, id: world.nextId(), type: login.endsWith("[bot]") ? "Bot" : type };
  world.accounts.set(login.toLowerCase(), made);
  return made;
}

/** The address GitHub gives an account for commits made on its site; it also leads from a commit back to the account. */
export const emailOf = (who: Account) => `${who.id}+${who.login}@users.noreply.github.com`;

export function accountByEmail(world: World, email: string): Account | undefined {
  const found = /^\d+\+(.+)@users\.noreply\.github\.com$/.exec(email);
  return found?.[1] === undefined ? undefined : world.accounts.get(found[1].toLowerCase());
}

export function createRepository(world: World, options: RepositoryOptions): Repository {
  const owner = account(world, options.owner ?? "acme", options.ownerType ?? "Organization");
  const name = options.name ?? "policies";
  const repository: Repository = {
    id: world.nextId(),
    owner,
    name,
    fullName: `${owner.login}/${name}`,
    private: options.private ?? true,
    defaultBranch: options.defaultBranch ?? "main",
    createdAt: world.now(),
    mergeMethods: { merge: true, squash: true, rebase: true },
    deleteBranchOnMerge: options.deleteBranchOnMerge ?? false,
    workflowPermissions: { default: "read", canApprove: options.actionsMayCreatePulls ?? true },
    objects: new GitObjects(),
    refs: new Map(),
    pushers: new Map(),
    threads: new Map(),
    labels: new Map(),
    checks: [],
    statuses: [],
    protections: new Map(),
    rulesets: [],
    collaborators: new Map(Object.entries(options.collaborators ?? {})),
    environments: new Map(),
    variables: new Map(Object.entries(options.variables ?? {})),
    workflowRuns: new Map(),
    dispatches: [],
  };
  world.repositories.set(repository.fullName.toLowerCase(), repository);
  return repository;
}
