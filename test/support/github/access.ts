/** Who may do what: tokens, the scopes of an app's token, the roles of people. */
import { notFound, Refusal } from "./reply.ts";
import type { Account, Actor, Level, Repository, Role, Scope, World } from "./state.ts";
import { account } from "./world.ts";

export interface TokenOptions {
  readonly login: string;
  readonly type?: "User" | "Bot";
  /** Scopes of the token. Left out: everything. What is not named is not granted; `metadata: read` always is. */
  readonly permissions?: Partial<Record<Scope, Level>>;
  /** A person's role in every repository that does not list them as collaborator; "write" unless said. */
  readonly role?: Role;
}
/** What a route asks for: a scope and a level, or one of two scopes (`issues|pull_requests:write`), or only a known token. */
export type Need = "token" | `${Scope}:${Level}` | `${Scope}|${Scope}:${Level}`;

export function addToken(world: World, token: string, options: TokenOptions): Actor {
  const type = options.type ?? (options.login.endsWith("[bot]") ? "Bot" : "User");
  const known = account(world, options.login, type);
  const slug = options.login.replace("[bot]", "");
  // GitHub Actions is itself an app, and its number is the same everywhere; required checks are pinned by this number.
  const app =
    type === "Bot" ? { id: slug === "github-actions" ? 15368 : known.id, slug, name: title(slug) } : undefined;
  const actor: Actor = {
    login: known.login,
    id: known.id,
    type,
    ...(options.permissions === undefined ? {} : { permissions: options.permissions }),
    ...(app === undefined ? {} : { app }),
  };
  world.actors.set(token, actor);
  if (type === "User")
    for (const repository of world.repositories.values())
      if (!repository.collaborators.has(options.login))
        repository.collaborators.set(options.login, options.role ?? "write");
  return actor;
}

const title = (slug: string) =>
  slug === "github-actions"
    ? "GitHub Actions"
    : slug.replaceAll(/(^|-)(\w)/g, (_, dash: string, letter: string) => `${dash && " "}${letter.toUpperCase()}`);

/** The actor of a request. Both header forms count: Octokit writes `token`, curl users write `Bearer`. */
export function authenticate(world: World, header: string | undefined): Actor {
  const token = /^(?:token|bearer) (.+)$/i.exec(header ?? "")?.[1];
  if (token === undefined) throw new Refusal(401, "Requires authentication");
  const actor = world.actors.get(token.trim());
  if (actor === undefined) throw new Refusal(401, "Bad credentials");
  return actor;
}

const ranks: readonly Role[] = ["read", "triage", "write", "maintain", "admin"];

export function roleOf(repository: Repository, who: Account): Role | undefined {
  if (repository.owner.login === who.login) return "admin";
  return repository.collaborators.get(who.login) ?? (repository.private ? undefined : "read");
}

export function hasRole(repository: Repository, who: Account, least: Role): boolean {
  const role = roleOf(repository, who);
  return role !== undefined && ranks.indexOf(role) >= ranks.indexOf(least);
}

/** May this account push? A bot that holds a token of the repository may, as far as its scopes go. */
export const canWrite = (repository: Repository, who: Account): boolean =>
  who.type === "Bot" || hasRole(repository, who, "write");

/** Throws GitHub's refusal unless the actor holds what the route needs. */
export function authorise(repository: Repository, actor: Actor, need: Need): void {
  if (need === "token") return;
  const [names = "", level = "read"] = need.split(":");
  const scopes = names.split("|");
  if (actor.type === "Bot") {
    const granted = scopes.some((scope) => {
      if (actor.permissions === undefined || scope === "metadata") return true;
      const held = Object.entries(actor.permissions).find(([name]) => name === scope)?.[1];
      return held === "write" || (level === "read" && (held === "read" || !repository.private));
    });
    if (granted) return;
    const accepted = scopes.map((scope) => `${scope}=${level}`).join("; ");
    throw new Refusal(403, "Resource not accessible by integration", {}, { "x-accepted-github-permissions": accepted });
  }
  if (scopes.includes("checks") && level === "write") throw new Refusal(403, "You must authenticate via a GitHub App.");
  if (roleOf(repository, actor) === undefined) throw notFound();
  if (scopes.includes("administration") && !hasRole(repository, actor, "admin"))
    throw new Refusal(403, "Must have admin rights to Repository.");
  // Everyone who can read may open issues, comment and review.
  const open = scopes.includes("issues") || scopes.includes("pull_requests");
  if (level === "write" && !open && !hasRole(repository, actor, "write"))
    throw new Refusal(403, "Resource not accessible by personal access token");
}
