import { createHash } from "node:crypto";
import { UsageError } from "../errors.ts";
import { forEachConcurrent } from "../scan/concurrency.ts";
import { isOwnPath, type Side } from "./side.ts";

/** A repository's commits, as far as a preview reads them: through an API, never by running git on what somebody else pushed. */
export interface Commits {
  /** SHAs of a commit's parents. */
  parents(sha: string): Promise<readonly string[]>;
  /** Undefined where the two have no common history. */
  mergeBase(base: string, head: string): Promise<string | undefined>;
  /** All files of a commit. Errors: UsageError where the list is not whole. */
  files(sha: string): Promise<readonly BlobEntry[]>;
  text(blob: string): Promise<string>;
}

export interface BlobEntry {
  readonly path: string;
  readonly blob: string;
  /** In bytes. */
  readonly size: number;
}

const READS_AT_ONCE = 6;
/** A call each; a pull request may come from anybody. */
const MOST_READS = 300;
/** Above what a file of ours may have (src/catalogue/source.ts), so that it is refused there with words. */
const LARGEST = 1_000_000;

/**
 * The two commits whose difference is what merging would do. `sha` is what the job runs for: GitHub's merge of head and base, whose first
 * parent is the base as it is by now. Without one it is the head against where it left the base: a branch that merely lags behind would
 * otherwise seem to take out what others added since.
 */
export async function commitsToCompare(
  commits: Commits,
  from: { readonly sha: string; readonly baseSha: string; readonly headSha: string },
): Promise<{ readonly base: string; readonly head: string }> {
  const { sha, baseSha, headSha } = from;
  if (sha !== headSha) {
    const [first, ...others] = await commits.parents(sha);
    if (first !== undefined && others.includes(headSha)) return { base: first, head: sha };
  }
  return { base: (await commits.mergeBase(baseSha, headSha)) ?? baseSha, head: headSha };
}

/**
 * The files that Evenkeel reads, at a commit. `configPath` is the configuration's path in the repository; `local` gives what stands at a
 * path in the checkout, which saves a call where it is the same file. `known`: blob SHA -> text, shared by both sides.
 */
export async function readSide(
  commits: Commits,
  sha: string,
  configPath: string,
  local: (path: string) => Buffer | undefined,
  known: Map<string, string>,
): Promise<Side> {
  const cut = configPath.lastIndexOf("/") + 1;
  const [prefix, configName] = [configPath.slice(0, cut), configPath.slice(cut)];
  const entries = (await commits.files(sha)).filter(
    ({ path }) => path.startsWith(prefix) && isOwnPath(path.slice(cut), configName),
  );
  for (const { path, blob } of entries) {
    const content = known.has(blob) ? undefined : local(path);
    if (content !== undefined && gitBlob(content, blob.length) === blob) known.set(blob, content.toString("utf8"));
  }
  const missing = [
    ...new Map(entries.filter(({ blob }) => !known.has(blob)).map((entry) => [entry.blob, entry])).values(),
  ];
  const wanted = missing.filter(({ size }) => size <= LARGEST);
  if (wanted.length > MOST_READS)
    throw new UsageError(
      `${wanted.length} files of the pull request are not in the checkout; ${MOST_READS} is the most that a preview reads`,
    );
  await forEachConcurrent(wanted, READS_AT_ONCE, async ({ blob }) => {
    known.set(blob, await commits.text(blob));
  });
  const texts = entries.map(({ path, blob }) => [path.slice(cut), known.get(blob) ?? " ".repeat(LARGEST + 1)] as const);
  return { texts: new Map(texts), configName, prefix };
}

/** The name git gives a file's content; `length` tells which of its two hashes the repository uses. */
function gitBlob(content: Buffer, length: number): string {
  const hash = createHash(length === 64 ? "sha256" : "sha1");
  return hash.update(`blob ${content.length}\0`).update(content).digest("hex");
}
