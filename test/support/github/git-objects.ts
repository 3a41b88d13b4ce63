/**
 * Git's object model in memory: blobs, trees and commits under the SHA-1 that git itself computes, so what a test reads from the
 * stand-in is what `git hash-object` would print, and content is addressed as on GitHub.
 */
import { createHash } from "node:crypto";

export type Mode = "100644" | "100755" | "120000" | "160000" | "040000";
export interface TreeEntry {
  readonly name: string;
  readonly mode: Mode;
  readonly sha: string;
}
/** `date` as ISO 8601; an offset other than Z is kept in the object, as git keeps it. */
export interface Person {
  readonly name: string;
  readonly email: string;
  readonly date: string;
}
export interface CommitData {
  readonly tree: string;
  readonly parents: readonly string[];
  readonly author: Person;
  readonly committer: Person;
  readonly message: string;
  /** Part of the object, as in git: a signed commit has another SHA than the same commit unsigned. */
  readonly signature?: string;
}
export interface Commit extends CommitData {
  readonly sha: string;
  /** The bytes a signature would cover. */
  readonly payload: string;
}
/** A tree with its folders dissolved: path -> mode and blob. */
export type Files = ReadonlyMap<string, { readonly mode: Mode; readonly sha: string }>;

const hash = (type: string, data: Buffer) =>
  createHash("sha1").update(`${type} ${data.length}\0`).update(data).digest("hex");

function signed(person: Person): string {
  const offset = /([+-])(\d\d):?(\d\d)$/.exec(person.date);
  const zone = offset === null ? "+0000" : `${offset[1]}${offset[2]}${offset[3]}`;
  return `${person.name} <${person.email}> ${Math.floor(Date.parse(person.date) / 1000)} ${zone}`;
}

export class GitObjects {
  readonly #blobs = new Map<string, Buffer>();
  readonly #trees = new Map<string, readonly TreeEntry[]>();
  readonly #commits = new Map<string, Commit>();

  putBlob(content: Buffer | string): string {
    const data = Buffer.from(content);
    const sha = hash("blob", data);
    this.#blobs.set(sha, data);
    return sha;
  }

  putTree(entries: readonly TreeEntry[]): string {
    // Git sorts by bytes, a folder as if its name ended in a slash; any other order is another SHA.
    const key = (entry: TreeEntry) => Buffer.from(entry.mode === "040000" ? `${entry.name}/` : entry.name);
    const sorted = [...entries].sort((a, b) => Buffer.compare(key(a), key(b)));
    const data = Buffer.concat(
      sorted.flatMap((entry) => [
        Buffer.from(`${entry.mode.replace(/^0/, "")} ${entry.name}\0`),
        Buffer.from(entry.sha, "hex"),
      ]),
    );
    const sha = hash("tree", data);
    this.#trees.set(sha, sorted);
    return sha;
  }

  putCommit(data: CommitData): Commit {
    const head = [
      `tree ${data.tree}`,
      ...data.parents.map((parent) => `parent ${parent}`),
      `author ${signed(data.author)}`,
      `committer ${signed(data.committer)}`,
    ].join("\n");
    const payload = `${head}\n\n${data.message}`;
    const signature =
      data.signature === undefined ? "" : `\ngpgsig ${data.signature.trimEnd().replaceAll("\n", "\n ")}`;
    const sha = hash("commit", Buffer.from(`${head}${signature}\n\n${data.message}`));
    const commit = { ...data, sha, payload };
    this.#commits.set(sha, commit);
    return commit;
  }

  blob(sha: string): Buffer | undefined {
    return this.#blobs.get(sha);
  }
  tree(sha: string): readonly TreeEntry[] | undefined {
    return this.#trees.get(sha);
  }
  commit(sha: string): Commit | undefined {
    return this.#commits.get(sha);
  }
  has(sha: string): boolean {
    return this.#blobs.has(sha) || this.#trees.has(sha) || this.#commits.has(sha);
  }

  /** A commit that must be there: a missing one is a mistake of the stand-in, not of its caller. */
  mustCommit(sha: string): Commit {
    const commit = this.#commits.get(sha);
    if (commit === undefined) throw new Error(`There is no commit ${sha}.`);
    return commit;
  }

  /** The only commit whose SHA starts so, at least 7 digits as on GitHub. */
  abbreviated(prefix: string): string | undefined {
    if (!/^[0-9a-f]{7,40}$/.test(prefix)) return undefined;
    const found = [...this.#commits.keys()].filter((sha) => sha.startsWith(prefix));
    return found.length === 1 ? found[0] : undefined;
  }

  files(tree: string, prefix = ""): Map<string, { mode: Mode; sha: string }> {
    const out = new Map<string, { mode: Mode; sha: string }>();
    for (const { name, mode, sha } of this.#trees.get(tree) ?? []) {
      if (mode === "040000") for (const [path, file] of this.files(sha, `${prefix}${name}/`)) out.set(path, file);
      else out.set(`${prefix}${name}`, { mode, sha });
    }
    return out;
  }

  /** The tree of these files; git has no empty folders, so a folder lives as long as a file in it. */
  putFiles(files: Files): string {
    const entries: TreeEntry[] = [];
    const folders = new Map<string, Map<string, { mode: Mode; sha: string }>>();
    for (const [path, file] of files) {
      const slash = path.indexOf("/");
      if (slash === -1) {
        entries.push({ name: path, ...file });
        continue;
      }
      const folder = path.slice(0, slash);
      const inside = folders.get(folder) ?? new Map<string, { mode: Mode; sha: string }>();
      inside.set(path.slice(slash + 1), file);
      folders.set(folder, inside);
    }
    for (const [name, inside] of folders) entries.push({ name, mode: "040000", sha: this.putFiles(inside) });
    return this.putTree(entries);
  }
}
