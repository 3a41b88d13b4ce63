import { batchWrites } from "../apply/journal-batch.ts";
import { merged, parseJournal } from "../apply/journal-file.ts";
import { UsageError } from "../errors.ts";
import type { BatchedJournal, JournalLine } from "../types/journal.ts";
import { beginBranch, putFile } from "./branch-file.ts";
import type { GitHub } from "./client.ts";
import { GitHubError } from "./errors.ts";
import { blobSha, readText } from "./git.ts";
import { type JournalFile, readJournalFiles, rollUp } from "./journal-files.ts";

export interface BranchJournalOptions {
  /** `evenkeel/journal` unless said. Made when first written to; shares no history with the code. */
  readonly branch?: string;
  /** Names this attempt (RunnerContext.run); the records of one run stand in one file. */
  readonly run: string;
}

const TRIES = 6;
const BACKOFF = 300;

/**
 * The journal on a branch of its own: one file for each run, one call and one commit for each write. What is appended while a write is under way
 * goes into the next one, together with what may wait. Errors: GitHubError; what then is on the branch is not known, and the item must not be touched.
 */
export function branchJournal(github: GitHub, options: BranchJournalOptions): BatchedJournal {
  const { branch = "evenkeel/journal", run } = options;
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(run))
    throw new UsageError("the name of a run is letters, digits, dots and dashes");
  const file = new RunFile(github, branch, run);
  const cache = new Map<string, string>();
  let seen: readonly JournalFile[] = [];
  const batch = batchWrites((lines) => file.append(lines));
  return {
    append: batch.append,
    flush: batch.flush,
    async read() {
      seen = await readJournalFiles(github, branch, cache);
      return merged(
        seen.map(({ path, text }) => parseJournal(path, text)),
        batch.waiting,
      );
    },
    tidy: () => rollUp(github, branch, seen, cache),
  };
}

/** The file of this run. Nobody else writes to it, but others move the branch, and a killed process of the same run may have begun it. */
class RunFile {
  readonly #github: GitHub;
  readonly #branch: string;
  readonly #run: string;
  #path: string | undefined;
  #text = "";
  /** Of the text as it stands on the branch; undefined where there is no file. */
  #blob: string | undefined;

  constructor(github: GitHub, branch: string, run: string) {
    this.#github = github;
    this.#branch = branch;
    this.#run = run;
  }

  async append(records: readonly JournalLine[]): Promise<void> {
    const lines = records.map((record) => `${JSON.stringify(record)}\n`).join("");
    this.#path ??= `journal/${monthOf(records)}/${this.#run}.jsonl`;
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#put(this.#path, lines);
        return;
      } catch (error) {
        if (!(error instanceof GitHubError) || attempt === TRIES) throw error;
        if (error.kind === "not_found") {
          // A file under way to a branch that is there, and yet 404: the token may not write.
          if (this.#blob !== undefined) throw error;
          await beginBranch(this.#github, this.#branch, monthOf(records));
        } else if (error.kind === "conflict" || error.maybeDone) {
          if (await this.#reload(this.#path, lines)) return;
          await this.#github.clock.sleep(BACKOFF * attempt);
        } else throw error;
      }
    }
  }

  async #put(path: string, lines: string): Promise<void> {
    const text = this.#text + lines;
    const message = `Journal of run ${this.#run}`;
    await putFile(this.#github, { branch: this.#branch, path, text, replaces: this.#blob, message });
    this.#text = text;
    this.#blob = blobSha(text);
  }

  /** Reads what stands there; true where the lines do already. */
  async #reload(path: string, lines: string): Promise<boolean> {
    const text = await readText(this.#github, path, `refs/heads/${this.#branch}`);
    this.#text = text ?? "";
    this.#blob = text === undefined ? undefined : blobSha(text);
    return this.#text.endsWith(lines);
  }
}

function monthOf(records: readonly JournalLine[]): string {
  return /^\d{4}-\d{2}/.exec(records[0]?.at ?? "")?.[0] ?? "undated";
}
