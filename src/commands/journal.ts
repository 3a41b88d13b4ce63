import { resolve } from "node:path";
import { journalFile } from "../apply/journal-file.ts";
import { branchJournal } from "../github/journal-branch.ts";
import type { Journal } from "../types/journal.ts";
import { type CommandInput, text } from "./command.ts";
import { JOURNAL_BRANCH, openHub } from "./hub.ts";
import { lockJournal } from "./lock.ts";

export const DEFAULT_JOURNAL = ".evenkeel/journal.jsonl";

export interface OpenJournal {
  readonly journal: Journal;
  /** To be called at the end of a run, also of one that fails. */
  flush(): Promise<void>;
}

/** The journal on its branch where this runs in a GitHub Actions job, else a local file; `--journal` names a file in either. */
export async function openJournal(input: CommandInput, purpose: "read" | "write"): Promise<OpenJournal> {
  const { io } = input;
  const named = text(input, "journal");
  if (named === undefined && (io.env["GITHUB_REPOSITORY"] ?? "") !== "") {
    const { github, context } = await openHub(input);
    const journal = branchJournal(github, { branch: JOURNAL_BRANCH, run: context.run });
    return { journal, flush: () => journal.flush() };
  }
  const path = resolve(io.cwd, named ?? DEFAULT_JOURNAL);
  const unlock = purpose === "write" ? lockJournal(path) : () => undefined;
  return {
    journal: journalFile(path),
    flush: async () => unlock(),
  };
}
