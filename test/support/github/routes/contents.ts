/** Files by path: read one or list a folder, write and delete with a commit each. */
import type { Mode } from "../git-objects.ts";
import { moveRef } from "../pushes.ts";
import { findCommit } from "../refs.ts";
import { gitCommit } from "../render/git.ts";
import { repositoryUrl, siteUrl } from "../render/people.ts";
import { invalid, must, notFound, Refusal } from "../reply.ts";
import { assertPush } from "../rules.ts";
import type { Actor, Repository, Schemas, World } from "../state.ts";
import { signing } from "./git.ts";
import { route } from "./route.ts";

const encodePath = (path: string) => path.split("/").map(encodeURIComponent).join("/");
/** From here on GitHub leaves the content out of JSON and wants to be asked for the raw media type. */
const largestInline = 1024 * 1024;

function links(world: World, repo: Repository, path: string, ref: string, sha: string, kind: "blobs" | "trees") {
  const self = `${repositoryUrl(world, repo)}/contents/${encodePath(path)}?ref=${encodeURIComponent(ref)}`;
  const git = `${repositoryUrl(world, repo)}/git/${kind}/${sha}`;
  const html = `${siteUrl(world, repo)}/${kind === "blobs" ? "blob" : "tree"}/${ref}/${encodePath(path)}`;
  const download = kind === "blobs" ? `${siteUrl(world, repo)}/raw/${ref}/${encodePath(path)}` : null;
  return { url: self, git_url: git, html_url: html, download_url: download, _links: { self, git, html } };
}

function fileBody(world: World, repo: Repository, path: string, ref: string, sha: string): Schemas["content-file"] {
  const data = must(repo.objects.blob(sha));
  const large = data.length > largestInline;
  return {
    type: "file",
    name: path.split("/").at(-1) ?? path,
    path,
    sha,
    size: data.length,
    // GitHub breaks base64 into lines; clients that decode must bear it.
    content: large ? "" : data.toString("base64").replaceAll(/.{60}/g, "$&\n"),
    encoding: large ? "none" : "base64",
    ...links(world, repo, path, ref, sha, "blobs"),
  };
}

function folderBody(world: World, repo: Repository, folder: string, ref: string, tree: string): unknown[] {
  return (repo.objects.tree(tree) ?? []).map((entry) => {
    const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
    const isFolder = entry.mode === "040000";
    return {
      type: isFolder ? "dir" : "file",
      name: entry.name,
      path,
      sha: entry.sha,
      size: isFolder ? 0 : (repo.objects.blob(entry.sha)?.length ?? 0),
      ...links(world, repo, path, ref, entry.sha, isFolder ? "trees" : "blobs"),
    };
  });
}

function treeAt(repo: Repository, root: string, path: string): string | undefined {
  let tree: string | undefined = root;
  for (const part of path.split("/").filter((name) => name !== ""))
    tree = repo.objects.tree(tree ?? "")?.find((entry) => entry.name === part && entry.mode === "040000")?.sha;
  return tree;
}

interface Edit {
  readonly message: string;
  readonly sha?: string;
  readonly branch?: string;
  readonly author?: { name?: string; email?: string; date?: string };
  readonly committer?: { name?: string; email?: string; date?: string };
}

/** One commit on a branch that sets a file to `data`, or removes it. GitHub insists on the blob that is replaced. */
function commitEdit(world: World, repo: Repository, actor: Actor, path: string, edit: Edit, data: Buffer | undefined) {
  const branch = edit.branch ?? repo.defaultBranch;
  const tip = repo.refs.get(`refs/heads/${branch}`);
  if (tip === undefined && repo.refs.size > 0) throw new Refusal(404, `Branch ${branch} not found`);
  const files =
    tip === undefined
      ? new Map<string, { mode: Mode; sha: string }>()
      : repo.objects.files(repo.objects.mustCommit(tip).tree);
  const old = files.get(path);
  if (old === undefined && data === undefined) throw notFound();
  if (old !== undefined && edit.sha === undefined) throw new Refusal(422, `Invalid request.\n\n"sha" wasn't supplied.`);
  if (edit.sha !== undefined && edit.sha !== old?.sha) throw new Refusal(409, `${path} does not match ${edit.sha}`);
  assertPush(repo, branch, actor, { kind: "update", status: 409 });
  if (data === undefined) files.delete(path);
  else files.set(path, { mode: old?.mode ?? "100644", sha: repo.objects.putBlob(data) });
  const commit = repo.objects.putCommit({
    tree: repo.objects.putFiles(files),
    parents: tip === undefined ? [] : [tip],
    message: edit.message,
    ...signing(world, actor, edit),
  });
  moveRef(world, repo, `refs/heads/${branch}`, commit.sha, actor);
  return { commit: gitCommit(world, repo, commit), existed: old !== undefined, blob: files.get(path)?.sha, branch };
}

export const contentRoutes = [
  route("repos/get-content", "contents:read", ({ world, repo, path, query, accept }) => {
    const ref = query.ref ?? repo.defaultBranch;
    const commit = must(findCommit(repo, ref), () => new Refusal(404, `No commit found for the ref ${ref}`));
    const name = path.path.replace(/\/$/, "");
    const file = repo.objects.files(commit.tree).get(name);
    if (file !== undefined) {
      if (/application\/vnd\.github\.(v3\.)?raw/.test(accept))
        return { status: 200, body: must(repo.objects.blob(file.sha)) };
      return { status: 200, body: fileBody(world, repo, name, ref, file.sha) };
    }
    return { status: 200, body: folderBody(world, repo, name, ref, must(treeAt(repo, commit.tree, name))) };
  }),
  route("repos/create-or-update-file-contents", "contents:write", ({ world, repo, actor, path, body }) => {
    if (!/^[A-Za-z0-9+/\s]*={0,2}\s*$/.test(body.content))
      throw invalid("Commit", "content", "invalid", "content is not valid Base64");
    const data = Buffer.from(body.content, "base64");
    const { commit, existed, blob, branch } = commitEdit(world, repo, actor, path.path, body, data);
    return {
      status: existed ? 200 : 201,
      body: { content: fileBody(world, repo, path.path, branch, must(blob)), commit },
    };
  }),
  route("repos/delete-file", "contents:write", ({ world, repo, actor, path, body }) => {
    const { commit } = commitEdit(world, repo, actor, path.path, body, undefined);
    return { status: 200, body: { content: null, commit } };
  }),
];
