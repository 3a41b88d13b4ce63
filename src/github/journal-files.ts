import { createHash } from "node:crypto";
import { UsageError } from "../errors.ts";
import { forEachConcurrent } from "../scan/concurrency.ts";
import type { GitHub } from "./client.ts";
import { absent } from "./errors.ts";
import { findTip, makeCommit, pointBranch, type Tip } from "./git.ts";
import { readBlob, readTree } from "./objects.ts";

/** The files of a journal branch: `journal/<yyyy-mm>/<run>.jsonl`, and roll-ups of many runs beside them. */
export interface JournalFile {
  readonly path: string;
  readonly blob: string;
  /** In bytes. */
  readonly size: number;
  readonly text: string;
}

const READS_AT_ONCE = 6;
/** So many files of single runs may lie about; reading the journal costs a call for each, and joining them five. */
const LOOSE = 4;
/** Beyond so many they are joined even by a run that has asked much already. */
const MANY = 16;
/** A run that has asked no more than this can spare the calls of joining. */
const SPARE = 30;
/** A roll-up takes in others until it is this large, in bytes; each costs a call as well, for ever. */
const FULL = 2 * 1024 * 1024;
const ROLL_UP = /\/rolled-up-[0-9a-f]{12}\.jsonl$/;

/**
 * Every file of the branch with its text, sorted by path; none where there is no such branch. `cache`: blob SHA -> text. Errors: GitHubError, UsageError:
 * a journal that is known in part only is none.
 */
export async function readJournalFiles(
  github: GitHub,
  branch: string,
  cache: Map<string, string>,
): Promise<readonly JournalFile[]> {
  const entries = await listJournal(github, `refs/heads/${branch}`);
  await forEachConcurrent(
    entries.filter(({ blob }) => !cache.has(blob)),
    READS_AT_ONCE,
    async ({ blob }) => {
      cache.set(blob, await readBlob(github, blob));
    },
  );
  return withTexts(entries, cache);
}

/** `from`: a commit, or a branch by its full name, as it is now, which spares a call for its head. */
async function listJournal(github: GitHub, from: string): Promise<readonly Omit<JournalFile, "text">[]> {
  const listed = await absent(readTree(github, from, { whole: true }));
  if (listed?.truncated === true)
    throw new UsageError(`GitHub lists the journal (${from}) only in part: it holds too many files`);
  return (listed?.tree ?? [])
    .filter(({ path, type }) => type === "blob" && path?.startsWith("journal/") === true && path.endsWith(".jsonl"))
    .map(({ path = "", sha: blob = "", size = 0 }) => ({ path, blob, size }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

function withTexts(
  entries: readonly Omit<JournalFile, "text">[],
  cache: ReadonlyMap<string, string>,
): readonly JournalFile[] {
  return entries.flatMap((entry) => {
    const text = cache.get(entry.blob);
    return text === undefined ? [] : [{ ...entry, text }];
  });
}

const isLoose = ({ path }: Pick<JournalFile, "path">): boolean => !ROLL_UP.test(path);

/**
 * Joins the files of many runs into one by a single commit, so that reading stays cheap however long the journal gets; to be called once at the end of a
 * run, with what it has read. No record is lost: the new file holds the texts of those blobs that the branch still has, and a run that writes in between
 * wins. Housekeeping: its failure is only logged, and a later run tries again.
 */
export async function rollUp(
  github: GitHub,
  branch: string,
  files: readonly JournalFile[],
  cache: ReadonlyMap<string, string>,
): Promise<void> {
  const loose = files.filter(isLoose).length;
  if (loose <= LOOSE || (loose <= MANY && github.calls > SPARE)) return;
  try {
    const tip = await findTip(github, branch);
    if (tip === undefined) return;
    const known = withTexts(await listJournal(github, tip.sha), cache);
    const joined = known.filter((file) => isLoose(file) || file.size < FULL);
    if (joined.filter(isLoose).length <= LOOSE) return;
    await join(github, branch, tip, joined);
  } catch (error) {
    github.logger.debug(`the journal was not rolled up: ${error instanceof Error ? error.message : "unknown"}`);
  }
}

async function join(github: GitHub, branch: string, tip: Tip, joined: readonly JournalFile[]): Promise<void> {
  const text = joined
    .map((file) => (file.text === "" || file.text.endsWith("\n") ? file.text : `${file.text}\n`))
    .join("");
  const month = joined[0]?.path.split("/")[1] ?? "0000-00";
  const name = createHash("sha256").update(text).digest("hex").slice(0, 12);
  const sha = await makeCommit(github, {
    baseTree: tip.tree,
    parents: [tip.sha],
    files: {
      ...Object.fromEntries(joined.map(({ path }) => [path, null])),
      [`journal/${month}/rolled-up-${name}.jsonl`]: text,
    },
    message: `Roll up the journal of ${joined.filter(isLoose).length} runs`,
  });
  await pointBranch(github, branch, sha, "forward");
}
