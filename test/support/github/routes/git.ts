/** The git database: blobs, trees, commits, refs. */
import { ancestors } from "../git-history.ts";
import type { Mode, Person } from "../git-objects.ts";
import { branchOf, moveRef, personOf, removeRef, signed } from "../pushes.ts";
import { gitCommit } from "../render/git.ts";
import { repositoryUrl } from "../render/people.ts";
import { invalid, must, Refusal } from "../reply.ts";
import { assertPush } from "../rules.ts";
import type { Actor, Repository, Schemas, World } from "../state.ts";
import { route } from "./route.ts";

function refBody(world: World, repo: Repository, ref: string, sha: string): Schemas["git-ref"] {
  const url = repositoryUrl(world, repo);
  return {
    ref,
    node_id: `REF_${Buffer.from(ref).toString("base64url")}`,
    url: `${url}/git/${ref}`,
    object: { type: "commit", sha, url: `${url}/git/commits/${sha}` },
  };
}

/** `named`: what the answer repeats; asked for by a commit or a ref GitHub names the commit. */
function treeBody(world: World, repo: Repository, sha: string, recursive: boolean, named = sha): Schemas["git-tree"] {
  const url = `${repositoryUrl(world, repo)}/git`;
  const walk = (tree: string, prefix: string): Schemas["git-tree"]["tree"] =>
    (repo.objects.tree(tree) ?? []).flatMap((entry) => {
      const path = `${prefix}${entry.name}`;
      if (entry.mode === "160000") return [{ path, mode: entry.mode, type: "commit", sha: entry.sha }];
      if (entry.mode !== "040000") {
        const size = repo.objects.blob(entry.sha)?.length ?? 0;
        return [{ path, mode: entry.mode, type: "blob", sha: entry.sha, size, url: `${url}/blobs/${entry.sha}` }];
      }
      const folder = { path, mode: entry.mode, type: "tree", sha: entry.sha, url: `${url}/trees/${entry.sha}` };
      return recursive ? [folder, ...walk(entry.sha, `${path}/`)] : [folder];
    });
  return { sha: named, url: `${url}/trees/${named}`, tree: walk(sha, ""), truncated: false };
}

interface NewEntry {
  readonly path?: string;
  readonly mode?: Mode;
  readonly type?: string;
  readonly sha?: string | null;
  readonly content?: string;
}

function grow(repo: Repository, base: string | undefined, entries: readonly NewEntry[]): string {
  const { objects } = repo;
  const tree = base === undefined ? undefined : (objects.commit(base)?.tree ?? base);
  if (tree !== undefined && objects.tree(tree) === undefined)
    throw new Refusal(422, "base_tree is not a valid tree oid");
  const files = tree === undefined ? new Map<string, { mode: Mode; sha: string }>() : objects.files(tree);
  for (const { path = "", mode, sha, content } of entries) {
    if (path === "" || path.split("/").some((part) => ["", ".", "..", ".git"].includes(part)))
      throw new Refusal(422, "tree.path contains a malformed path component");
    const inside = [...files.keys()].filter((file) => file.startsWith(`${path}/`));
    if (sha === null) {
      // GitHub answers so for a path that is not there; a client that deletes blindly must find out here.
      if (!files.delete(path) && inside.length === 0) throw new Refusal(422, "GitRPC::BadObjectState");
      for (const file of inside) files.delete(file);
      continue;
    }
    if (mode === undefined) throw invalid("Tree", "mode", "missing_field");
    if (sha !== undefined && content !== undefined)
      throw new Refusal(422, "Must supply tree.sha or tree.content, not both");
    for (const file of inside) files.delete(file);
    if (mode === "040000") {
      if (sha === undefined || objects.tree(sha) === undefined) throw new Refusal(422, "GitRPC::BadObjectState");
      for (const [name, file] of objects.files(sha)) files.set(`${path}/${name}`, file);
    } else if (content !== undefined) files.set(path, { mode, sha: objects.putBlob(content) });
    else if (sha !== undefined && (mode === "160000" || objects.blob(sha) !== undefined))
      files.set(path, { mode, sha });
    else throw new Refusal(422, "GitRPC::BadObjectState");
  }
  return objects.putFiles(files);
}

/**
 * Author and committer of a commit made through the API. GitHub signs it when an app makes it and names neither: a commit that
 * claims another author is that author's word, not GitHub's.
 */
export function signing(
  world: World,
  actor: Actor,
  body: { readonly author?: Partial<Person>; readonly committer?: Partial<Person> },
): { author: Person; committer: Person; signature?: string } {
  const now = world.now();
  const author = { ...personOf(actor, now), ...body.author };
  const committer = { ...author, ...body.committer };
  const own = body.author === undefined && body.committer === undefined && actor.type === "Bot";
  return { author, committer, ...(own ? signed(world) : {}) };
}

function fullRef(name: string): string {
  return name.startsWith("refs/") ? name : `refs/${name}`;
}

export const gitRoutes = [
  route("git/create-blob", "contents:write", ({ world, repo, body }) => {
    const sha = repo.objects.putBlob(Buffer.from(body.content, body.encoding === "base64" ? "base64" : "utf8"));
    return { status: 201, body: { sha, url: `${repositoryUrl(world, repo)}/git/blobs/${sha}` } };
  }),
  route("git/get-blob", "contents:read", ({ world, repo, path, accept }) => {
    const data = must(repo.objects.blob(path.file_sha));
    if (/application\/vnd\.github\.(v3\.)?raw/.test(accept)) return { status: 200, body: data };
    const body = {
      sha: path.file_sha,
      node_id: `B_${path.file_sha}`,
      size: data.length,
      encoding: "base64",
      content: data.toString("base64"),
    };
    return { status: 200, body: { ...body, url: `${repositoryUrl(world, repo)}/git/blobs/${path.file_sha}` } };
  }),
  route("git/create-tree", "contents:write", ({ world, repo, body }) => {
    return { status: 201, body: treeBody(world, repo, grow(repo, body.base_tree, body.tree), false) };
  }),
  route("git/get-tree", "contents:read", ({ world, repo, path, query }) => {
    const name = path.tree_sha;
    const whole = query.recursive !== undefined;
    if (repo.objects.tree(name) !== undefined) return { status: 200, body: treeBody(world, repo, name, whole) };
    // In git's order: of a tag and a branch of one name the tag.
    const named = [name, `refs/${name}`, `refs/tags/${name}`, `refs/heads/${name}`].find((ref) => repo.refs.has(ref));
    const commit = must(repo.objects.commit(repo.refs.get(named ?? "") ?? name));
    return { status: 200, body: treeBody(world, repo, commit.tree, whole, commit.sha) };
  }),
  route("git/create-commit", "contents:write", ({ world, repo, actor, body }) => {
    if (repo.objects.tree(body.tree) === undefined) throw new Refusal(422, "Tree SHA does not exist");
    const parents = body.parents ?? [];
    if (parents.some((sha) => repo.objects.commit(sha) === undefined))
      throw new Refusal(422, "Parent SHA does not exist or is not a commit object");
    const people = signing(world, actor, body);
    const commit = repo.objects.putCommit({ tree: body.tree, parents, message: body.message, ...people });
    return { status: 201, body: gitCommit(world, repo, commit) };
  }),
  route("git/get-commit", "contents:read", ({ world, repo, path }) => {
    return { status: 200, body: gitCommit(world, repo, must(repo.objects.commit(path.commit_sha))) };
  }),
  route("git/get-ref", "contents:read", ({ world, repo, path }) => {
    const ref = fullRef(path.ref);
    return { status: 200, body: refBody(world, repo, ref, must(repo.refs.get(ref))) };
  }),
  route("git/list-matching-refs", "contents:read", ({ world, repo, path }) => {
    const found = [...repo.refs]
      .filter(([ref]) => ref.startsWith(fullRef(path.ref)))
      .sort(([a], [b]) => (a < b ? -1 : 1));
    return { status: 200, body: found.map(([ref, sha]) => refBody(world, repo, ref, sha)) };
  }),
  route("git/create-ref", "contents:write", ({ world, repo, actor, body }) => {
    const { ref, sha } = body;
    if (!/^refs\/[^/]+\/.+/.test(ref))
      throw new Refusal(422, `Reference name must start with 'refs/' and contain at least two slashes, not ${ref}`);
    if (repo.refs.has(ref)) throw new Refusal(422, "Reference already exists");
    if (repo.objects.commit(sha) === undefined) throw new Refusal(422, "Object does not exist");
    // Git keeps refs as files: a branch a/b and a branch a cannot both be there.
    if ([...repo.refs.keys()].some((other) => other.startsWith(`${ref}/`) || ref.startsWith(`${other}/`)))
      throw new Refusal(422, "Reference update failed");
    moveRef(world, repo, ref, sha, actor);
    return { status: 201, body: refBody(world, repo, ref, sha) };
  }),
  route("git/update-ref", "contents:write", ({ world, repo, actor, path, body }) => {
    const ref = fullRef(path.ref);
    const old = must(repo.refs.get(ref), () => new Refusal(422, "Reference does not exist"));
    if (repo.objects.commit(body.sha) === undefined) throw new Refusal(422, "Object does not exist");
    const forward = ancestors(repo.objects, body.sha).has(old);
    if (!forward && body.force !== true) throw new Refusal(422, "Update is not a fast forward");
    const branch = branchOf(ref);
    if (branch !== undefined && old !== body.sha) assertPush(repo, branch, actor, { kind: "update", force: !forward });
    moveRef(world, repo, ref, body.sha, actor);
    return { status: 200, body: refBody(world, repo, ref, body.sha) };
  }),
  route("git/delete-ref", "contents:write", ({ world, repo, actor, path }) => {
    const ref = fullRef(path.ref);
    if (!repo.refs.has(ref)) throw new Refusal(422, "Reference does not exist");
    const branch = branchOf(ref);
    if (branch !== undefined) assertPush(repo, branch, actor, { kind: "delete" });
    removeRef(world, repo, ref, actor);
    return { status: 204 };
  }),
];
