import { parseJournal } from "../apply/journal-file.ts";
import { UsageError } from "../errors.ts";
import { contentsOf, type Journal, type JournalLine, mayWait } from "../types/journal.ts";
import type { GitHub } from "./client.ts";
import { GitHubError } from "./errors.ts";
import { blobSha, makeCommit, pointBranch, readText } from "./git.ts";
import { type JournalTree, readJournalTree, rollUp } from "./journal-files.ts";

/** A journal whose outcomes may wait (`mayWait`): `flush` once at the end of the run, also of one that fails. */
export interface BranchJournal extends Journal {
  flush(): Promise<void>;
}

export interface BranchJournalOptions {
  /** `evenkeel/journal` unless said. Made when first written to; shares no history with the code. */
  readonly branch?: string;
  /** Names this attempt (RunnerContext.run); the records of one run stand in one file. */
  readonly run: string;
}

const TRIES = 6;
const BACKOFF = 300;

interface Waiting {
  readonly records: readonly JournalLine[];
  resolve(): void;
  reject(error: unknown): void;
}

/**
 * The journal on a branch of its own: one file for each run, one call and one commit for each write. What is appended while a write is under way
 * goes into the next one, together. `append` returns once intents and steps are on the branch; outcomes alone (`mayWait`) wait for the next such write
 * or for `flush`, because a later run finds them out again from intents, steps and the resource itself. Errors: GitHubError; what then is on the
 * branch is not known, and the item must not be touched.
 */
export function branchJournal(github: GitHub, options: BranchJournalOptions): BranchJournal {
  const { branch = "evenkeel/journal", run } = options;
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(run))
    throw new UsageError("the name of a run is letters, digits, dots and dashes");
  const file = new RunFile(github, branch, run);
  const cache = new Map<string, string>();
  let queue: Waiting[] = [];
  let buffer: readonly JournalLine[] = [];
  let writing = false;
  let seen: JournalTree | undefined;

  async function drain(): Promise<void> {
    if (writing) return;
    writing = true;
    while (queue.length > 0) {
      const batch = queue;
      const outcomes = buffer;
      queue = [];
      buffer = [];
      try {
        const records = [...outcomes, ...batch.flatMap((one) => one.records)];
        if (seen !== undefined && records.length > 0) {
          const tree = seen;
          seen = undefined;
          await rollUp(github, branch, tree);
        }
        if (records.length > 0) await file.append(records);
        for (const one of batch) one.resolve();
      } catch (error) {
        buffer = [...outcomes, ...buffer];
        for (const one of batch) one.reject(error);
      }
    }
    writing = false;
  }
  const write = (records: readonly JournalLine[]): Promise<void> =>
    new Promise((resolve, reject) => {
      queue.push({ records, resolve, reject });
      void drain();
    });

  return {
    async append(records) {
      if (records.every(mayWait)) buffer = [...buffer, ...records];
      else await write(records);
    },
    flush: () => write([]),
    async read() {
      seen = await readJournalTree(github, branch, cache);
      const files = seen?.files ?? [];
      const records = new Map<string, JournalLine>();
      // A run that appended while its file was rolled up may stand twice.
      for (const { path, text } of files) {
        for (const record of parseJournal(path, text)) records.set(JSON.stringify(record), record);
      }
      // Stable: within one millisecond the order of the lines holds.
      return contentsOf([...records.values(), ...buffer].sort((a, b) => Date.parse(a.at) - Date.parse(b.at)));
    },
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
        if (error.kind === "not_found") await this.#begin(this.#path, error);
        else if (error.kind === "conflict" || error.maybeDone) {
          if (await this.#reload(this.#path, lines)) return;
          await this.#github.clock.sleep(BACKOFF * attempt);
        } else throw error;
      }
    }
  }

  /** Naming the blob that is replaced makes sending twice safe: what was written in between is never lost, and nothing is written twice. */
  async #put(path: string, lines: string): Promise<void> {
    const text = this.#text + lines;
    await this.#github.rest.repos.createOrUpdateFileContents({
      ...this.#github.here,
      path,
      branch: this.#branch,
      message: `Journal of run ${this.#run}`,
      content: Buffer.from(text).toString("base64"),
      ...(this.#blob === undefined ? {} : { sha: this.#blob }),
    });
    this.#text = text;
    this.#blob = blobSha(text);
  }

  /** Reads what stands there; true where the lines do already. */
  async #reload(path: string, lines: string): Promise<boolean> {
    const text = await readText(this.#github, path, this.#branch);
    this.#text = text ?? "";
    this.#blob = text === undefined ? undefined : blobSha(text);
    return this.#text.endsWith(lines);
  }

  /** The branch is not there: it begins with a file that says what it is. Where a run beside this one was faster, theirs is as good. */
  async #begin(path: string, missing: GitHubError): Promise<void> {
    // A file under way to a branch that is there, and yet 404: the token may not write.
    if (this.#blob !== undefined) throw missing;
    const sha = await makeCommit(this.#github, {
      parents: [],
      files: { "README.md": README },
      message: `Begin the journal (${path.split("/")[1] ?? ""})`,
    });
    try {
      await pointBranch(this.#github, this.#branch, sha, "create");
    } catch (error) {
      if (!(error instanceof GitHubError && error.kind === "conflict")) throw error;
    }
  }
}

const README =
  "# Evenkeel's journal\n\nWhat Evenkeel was about to change, did change, and how it ended: JSON Lines, one file for each run, " +
  "only ever added to. Undo and finishing of interrupted runs are made from it. Do not edit it; protect this branch against force pushes.\n";

function monthOf(records: readonly JournalLine[]): string {
  return /^\d{4}-\d{2}/.exec(records[0]?.at ?? "")?.[0] ?? "undated";
}
