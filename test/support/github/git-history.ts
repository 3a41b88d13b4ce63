/** Questions about a graph of commits: what is reachable, where two lines part, what changed between them, can they be merged. */
import type { Commit, Files, GitObjects, Mode } from "./git-objects.ts";
import { mergeText, patch } from "./line-diff.ts";

/** Every commit reachable from `sha`, itself first, newest first along each line. */
export function ancestors(objects: GitObjects, sha: string): Set<string> {
  const seen = new Set<string>([sha]);
  // A Set's iteration also visits what is added on the way.
  for (const next of seen) for (const parent of objects.commit(next)?.parents ?? []) seen.add(parent);
  return seen;
}

/** Commits in `head` that are not in `base`, oldest first, parents before children. */
export function commitsBetween(objects: GitObjects, base: string | undefined, head: string): Commit[] {
  const known = base === undefined ? new Set<string>() : ancestors(objects, base);
  const out: Commit[] = [];
  const visit = (sha: string) => {
    if (known.has(sha)) return;
    known.add(sha);
    const commit = objects.mustCommit(sha);
    for (const parent of commit.parents) visit(parent);
    out.push(commit);
  };
  visit(head);
  return out;
}

/** The best common ancestor: one that is no ancestor of another common one. Undefined for unrelated histories. */
export function mergeBase(objects: GitObjects, a: string, b: string): string | undefined {
  const ofA = ancestors(objects, a);
  const common = [...ancestors(objects, b)].filter((sha) => ofA.has(sha));
  return common.find((sha) => !common.some((other) => other !== sha && ancestors(objects, other).has(sha)));
}

export interface FileChange {
  readonly path: string;
  readonly previousPath?: string;
  readonly status: "added" | "removed" | "modified" | "renamed";
  readonly sha: string | null;
  readonly additions: number;
  readonly deletions: number;
  /** Left out for binary files and for pure renames, as on GitHub. */
  readonly patch?: string;
}

const binary = (data: Buffer) => data.includes(0);

/** What differs between two trees, sorted by path. Renames are found only when the content is the same. */
export function changedFiles(objects: GitObjects, from: string | undefined, to: string): FileChange[] {
  const before: Files = from === undefined ? new Map() : objects.files(from);
  const after = objects.files(to);
  const gone = new Map([...before].filter(([path]) => !after.has(path)).map(([path, file]) => [file.sha, path]));
  const renamedFrom = new Set<string>();
  const changes: FileChange[] = [];
  for (const [path, file] of after) {
    const old = before.get(path);
    if (old !== undefined && old.sha === file.sha && old.mode === file.mode) continue;
    const previousPath = old === undefined ? gone.get(file.sha) : undefined;
    if (previousPath !== undefined && !renamedFrom.has(previousPath)) {
      renamedFrom.add(previousPath);
      changes.push({ path, previousPath, status: "renamed", sha: file.sha, additions: 0, deletions: 0 });
    } else {
      const status = old === undefined ? "added" : "modified";
      changes.push({ path, status, sha: file.sha, ...counted(objects, old?.sha, file.sha) });
    }
  }
  for (const [path, file] of before)
    if (!after.has(path) && !renamedFrom.has(path))
      changes.push({ path, status: "removed", sha: file.sha, ...counted(objects, file.sha, undefined) });
  return changes.sort((a, b) => (a.path < b.path ? -1 : 1));
}

function counted(objects: GitObjects, from: string | undefined, to: string | undefined) {
  const read = (sha: string | undefined) =>
    sha === undefined ? Buffer.alloc(0) : (objects.blob(sha) ?? Buffer.alloc(0));
  const [before, after] = [read(from), read(to)];
  if (binary(before) || binary(after)) return { additions: 0, deletions: 0 };
  const { patch: text, additions, deletions } = patch(before.toString(), after.toString());
  return text === "" ? { additions, deletions } : { additions, deletions, patch: text };
}

/** The changes as one unified diff, for the `diff` media type. */
export function diffText(changes: readonly FileChange[]): string {
  return changes
    .map((change) => {
      const old = change.previousPath ?? change.path;
      const from = change.status === "added" ? "/dev/null" : `a/${old}`;
      const to = change.status === "removed" ? "/dev/null" : `b/${change.path}`;
      const body = change.patch === undefined ? "" : `--- ${from}\n+++ ${to}\n${change.patch}\n`;
      return `diff --git a/${old} b/${change.path}\n${body}`;
    })
    .join("");
}

/** Git's three-way merge of trees: the new tree, or the paths in conflict. */
export function mergeTrees(
  objects: GitObjects,
  base: string | undefined,
  ours: string,
  theirs: string,
): { tree: string } | { conflicts: string[] } {
  const [root, left, right] = [
    base === undefined ? new Map() : objects.files(base),
    objects.files(ours),
    objects.files(theirs),
  ];
  const merged = new Map<string, { mode: Mode; sha: string }>();
  const conflicts: string[] = [];
  const same = (a: { mode: Mode; sha: string } | undefined, b: { mode: Mode; sha: string } | undefined) =>
    a?.sha === b?.sha && a?.mode === b?.mode;
  for (const path of new Set([...root.keys(), ...left.keys(), ...right.keys()])) {
    const [o, a, b] = [root.get(path), left.get(path), right.get(path)];
    const pick = same(a, b) || same(o, b) ? a : same(o, a) ? b : null;
    if (pick === null) {
      const text = a && b ? mergeBlobs(objects, o?.sha, a.sha, b.sha) : undefined;
      if (text === undefined || a === undefined) conflicts.push(path);
      else merged.set(path, { mode: a.mode, sha: objects.putBlob(text) });
    } else if (pick !== undefined) merged.set(path, pick);
  }
  return conflicts.length > 0 ? { conflicts } : { tree: objects.putFiles(merged) };
}

function mergeBlobs(objects: GitObjects, base: string | undefined, ours: string, theirs: string): string | undefined {
  const [o, a, b] = [base, ours, theirs].map((sha) => (sha === undefined ? Buffer.alloc(0) : objects.blob(sha)));
  if (o === undefined || a === undefined || b === undefined || base === undefined) return undefined;
  return [o, a, b].some(binary) ? undefined : mergeText(o.toString(), a.toString(), b.toString());
}
