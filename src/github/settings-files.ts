import { createHash } from "node:crypto";
import type { RepositoryFacts, WorkflowText } from "../doctor/facts.ts";
import type { GitHub } from "./client.ts";
import { absent, GitHubError } from "./errors.ts";
import { readBlob, readTree } from "./objects.ts";

/** The bytes of a file of a checkout, by its path in the repository; undefined where it has none. */
export type LocalFile = (path: string) => Buffer | undefined;

type Value<K> = K extends { readonly known: true; readonly value: infer T } ? T : never;

export interface OwnFiles {
  readonly codeOwners: Value<RepositoryFacts["codeOwners"]>;
  readonly workflows: Value<RepositoryFacts["workflows"]>;
}

/** So many workflows are read that no checkout has, one call each. */
const WORKFLOWS = 20;

/**
 * CODEOWNERS and the workflows as a commit (or a branch, by its full name) holds them, by two listings. GitHub says by their hashes what the files hold: the checkout's stand for
 * them where they are the same, whatever commit it is of and whatever was done to it since, and the rest is asked for. Errors: GitHubError.
 */
export async function readOwnFiles(github: GitHub, commit: string, local: LocalFile): Promise<OwnFiles> {
  const root = await listing(github, commit, false);
  const folder = root.find(({ path, type }) => path === ".github" && type === "tree");
  const inside = folder === undefined ? [] : await listing(github, folder.sha, true);
  const below = inside.flatMap((entry) => (entry.type === "blob" ? [at(".github", entry)] : []));
  const owners = await codeOwners(github, root, below);
  const workflows = below.filter(({ path }) => /^\.github\/workflows\/[^/]+\.ya?ml$/.test(path));
  const read: WorkflowText[] = [];
  let asked = 0;
  for (const { path, sha } of workflows) {
    const here = sameText(local, path, sha);
    if (here === undefined && asked === WORKFLOWS) continue;
    asked += here === undefined ? 1 : 0;
    read.push({ path, text: here ?? (await readBlob(github, sha)) });
  }
  return {
    codeOwners:
      owners === undefined
        ? undefined
        : {
            path: owners.path,
            text: sameText(local, owners.path, owners.sha) ?? (await readBlob(github, owners.sha)),
          },
    workflows: { files: read, total: workflows.length },
  };
}

interface Entry {
  readonly path: string;
  readonly sha: string;
  readonly type: string;
}

/** Of the places where CODEOWNERS may stand GitHub takes the first. */
async function codeOwners(github: GitHub, root: readonly Entry[], below: readonly Entry[]): Promise<Entry | undefined> {
  const file = (entries: readonly Entry[], path: string) =>
    entries.find((entry) => entry.path === path && entry.type === "blob");
  const found = file(below, ".github/CODEOWNERS") ?? file(root, "CODEOWNERS");
  const docs = root.find(({ path, type }) => path === "docs" && type === "tree");
  if (found !== undefined || docs === undefined) return found;
  const last = file(await listing(github, docs.sha, false), "CODEOWNERS");
  return last === undefined ? undefined : at("docs", last);
}

function at(folder: string, entry: Entry): Entry {
  return { ...entry, path: `${folder}/${entry.path}` };
}

async function listing(github: GitHub, tree: string, whole: boolean): Promise<readonly Entry[]> {
  const found = await absent(readTree(github, tree, { whole }));
  if (found?.truncated === true) throw cut();
  return (found?.tree ?? []).flatMap(({ path, sha, type, mode }) =>
    path === undefined || sha === undefined || mode === "120000" ? [] : [{ path, sha, type: type ?? "" }],
  );
}

/** What was left out may be what matters. */
function cut(): GitHubError {
  return new GitHubError({
    kind: "unsupported",
    operation: "GET /git/trees/{tree_sha}",
    status: 200,
    attempts: 1,
    requestId: "",
    detail: "GitHub lists the folder only in part: it holds too many files",
    remedy: undefined,
    maybeDone: false,
  });
}

/** The checkout's file where its hash is git's. */
function sameText(local: LocalFile, path: string, sha: string): string | undefined {
  const bytes = local(path);
  if (bytes === undefined) return undefined;
  const hash = createHash(sha.length === 64 ? "sha256" : "sha1")
    .update(`blob ${bytes.length}\0`)
    .update(bytes);
  return hash.digest("hex") === sha ? bytes.toString("utf8") : undefined;
}
