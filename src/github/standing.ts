import { entriesIn } from "../catalogue/exceptions-edit.ts";
import { exceptionKey } from "../plan/renewals.ts";
import type { ExceptionEntry } from "../types/exception.ts";
import type { GitHub } from "./client.ts";
import { blobSha, type Tip } from "./git.ts";
import { readBlob } from "./objects.ts";
import { type FolderFile, filesBelow } from "./tree.ts";

/** A file of exceptions as it stands on the default branch, letter by letter. */
export interface StandingFile {
  readonly path: string;
  readonly blob: string;
  readonly text: string;
  /** By their keys. */
  readonly entries: ReadonlyMap<string, ExceptionEntry>;
}

export interface Standing {
  readonly tip: Tip;
  readonly files: ReadonlyMap<string, StandingFile>;
  /** Every exception on the default branch was read; only then one that is not among them is gone. */
  readonly complete: boolean;
}

/** So many files may differ from those that were checked out; with more it is another branch altogether that was. */
const READS = 10;

/**
 * The exceptions below a folder of the default branch, whatever was checked out: that may be older, or another branch. Files that are the same cost
 * no call. `wanted` are read first. Errors: UsageError where GitHub does not list the folder whole, GitHubError.
 */
export async function readStanding(
  github: GitHub,
  tip: Tip,
  from: { readonly folder: string; readonly texts: ReadonlyMap<string, string>; readonly wanted: readonly string[] },
): Promise<Standing> {
  const all = (await filesBelow(github, tip.sha, from.folder)).filter(({ path }) => /\.ya?ml$/.test(path));
  const first = (one: FolderFile): number => (from.wanted.includes(one.path) ? 0 : 1);
  const files = new Map<string, StandingFile>();
  let [reads, complete] = [0, true];
  for (const file of [...all].sort((a, b) => first(a) - first(b))) {
    const { path, blob } = file;
    const local = from.texts.get(path);
    const known = local !== undefined && blobSha(local) === blob;
    if (!known) reads += 1;
    const text = known ? local : reads > READS ? undefined : await readBlob(github, blob);
    const entries = text === undefined ? undefined : entriesIn(path, text);
    if (text === undefined || entries === undefined) {
      complete = false;
      continue;
    }
    const byKey = new Map(entries.map((entry) => [exceptionKey(path, entry), entry]));
    // A text that does not lead back to its blob is no UTF-8, and an executable file would lose its mode: neither can be written as it was.
    const exact = !file.executable && blobSha(text) === blob;
    if (exact) files.set(path, { path, blob, text, entries: byKey });
    else files.set(path, { path, blob, text: "", entries: byKey });
  }
  return { tip, files, complete };
}
