import { createHash } from "node:crypto";
import { UsageError } from "../errors.ts";
import { forEachConcurrent } from "../scan/concurrency.ts";
import type { GitHub } from "./client.ts";
import { GitHubError } from "./errors.ts";
import { findTip, makeCommit, pointBranch, readBlob, type Tip } from "./git.ts";

/** The files of a journal branch: `journal/<yyyy-mm>/<run>.jsonl`, and roll-ups of many runs beside them. */
export interface JournalFile {
  readonly path: string;
  readonly blob: string;
  /** In bytes. */
  readonly size: number;
  readonly text: string;
}

export interface JournalTree {
  readonly tip: Tip;
  readonly files: readonly JournalFile[];
}

const READS_AT_ONCE = 6;
/** So many files of single runs may lie about; reading the journal costs a call for each, and joining them three. */
const LOOSE = 4;
/** A roll-up takes in others until it is this large, in bytes; each costs a call as well, for ever. */
const FULL = 2 * 1024 * 1024;
const ROLL_UP = /\/rolled-up-[0-9a-f]{12}\.jsonl$/;

/** Every file of the branch with its text, sorted by path; undefined where there is no such branch. `cache`: blob SHA -> text. */
export async function readJournalTree(
  github: GitHub,
  branch: string,
  cache: Map<string, string>,
): Promise<JournalTree | undefined> {
  const tip = await findTip(github, branch);
  if (tip === undefined) return undefined;
  const { data } = await github.rest.git.getTree({ ...github.here, tree_sha: tip.tree, recursive: "1" });
  if (data.truncated) throw new UsageError(`GitHub lists the branch ${branch} only in part: it holds too many files`);
  const entries = data.tree
    .filter(({ path, type }) => type === "blob" && path?.startsWith("journal/") === true && path.endsWith(".jsonl"))
    .map(({ path = "", sha: blob = "", size = 0 }) => ({ path, blob, size }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
  await forEachConcurrent(
    entries.filter(({ blob }) => !cache.has(blob)),
    READS_AT_ONCE,
    async ({ blob }) => {
      cache.set(blob, await readBlob(github, blob));
    },
  );
  return { tip, files: entries.map((entry) => ({ ...entry, text: cache.get(entry.blob) ?? "" })) };
}

/**
 * Joins the files of many runs into one by a single commit, so that reading stays cheap however long the journal gets. No record is lost: the new
 * file holds them all. A run that appends in between wins, and the next one tries again: this is housekeeping, and its failure is only logged.
 */
export async function rollUp(github: GitHub, branch: string, { tip, files }: JournalTree): Promise<void> {
  const loose = files.filter(({ path }) => !ROLL_UP.test(path));
  if (loose.length <= LOOSE) return;
  const joined = files.filter(({ path, size }) => !ROLL_UP.test(path) || size < FULL);
  const text = joined
    .map((file) => (file.text === "" || file.text.endsWith("\n") ? file.text : `${file.text}\n`))
    .join("");
  const month = joined[0]?.path.split("/")[1] ?? "0000-00";
  const name = createHash("sha256").update(text).digest("hex").slice(0, 12);
  try {
    const sha = await makeCommit(github, {
      baseTree: tip.tree,
      parents: [tip.sha],
      files: {
        ...Object.fromEntries(joined.map(({ path }) => [path, null])),
        [`journal/${month}/rolled-up-${name}.jsonl`]: text,
      },
      message: `Roll up the journal of ${loose.length} runs`,
    });
    await pointBranch(github, branch, sha, "forward");
  } catch (error) {
    if (!(error instanceof GitHubError)) throw error;
    github.logger.debug(`the journal was not rolled up: ${error.message}`);
  }
}
