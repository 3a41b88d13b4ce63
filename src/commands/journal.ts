import { resolve } from "node:path";
import { type Claim, type ClaimStore, takeClaim } from "../apply/claim.ts";
import type { Holder } from "../apply/claim-text.ts";
import { journalFile } from "../apply/journal-file.ts";
import { UsageError } from "../errors.ts";
import { branchClaim } from "../github/claim-branch.ts";
import { branchJournal } from "../github/journal-branch.ts";
import { runIsOver } from "../github/run-over.ts";
import type { JournalPlace } from "../types/catalogue.ts";
import type { Io } from "../types/io.ts";
import type { BatchedJournal, Journal } from "../types/journal.ts";
import { type CommandInput, text } from "./command.ts";
import type { Callable } from "./connection.ts";
import { type Hub, JOURNAL_BRANCH, openHub } from "./hub.ts";
import { openBucket } from "./journal-bucket.ts";
import { lockJournal } from "./lock.ts";

export const DEFAULT_JOURNAL = ".evenkeel/journal.jsonl";

/** Who applies, instead of us. */
export interface Taken {
  readonly heldBy: Holder;
}

export interface OpenJournal {
  readonly journal: Journal;
  /** Before the first plan is applied; taken once and held until `close`. Waits a little where another run has it. */
  claim(): Promise<Claim | Taken>;
  /** Writes what waits. */
  flush(): Promise<void>;
  /** To be called at the end of a run, also of one that fails: writes what waits, tidies up, and lets the next one apply. */
  close(): Promise<void>;
}

export type Purpose = "read" | "write";

/** What of a workspace says where the journal is. */
export type JournalFrom = Callable & { readonly config: { readonly journal?: JournalPlace } };

/**
 * The journal that the configuration names, else the one on its branch where this runs in a GitHub Actions job, else a local file; `--journal` names a
 * file in any case. `hub` where it is open already.
 */
export async function openJournal(
  input: CommandInput,
  purpose: Purpose,
  from: JournalFrom,
  hub?: Hub,
): Promise<OpenJournal> {
  const { io } = input;
  const named = text(input, "journal");
  const place = from.config.journal;
  const onGitHub = (io.env["GITHUB_REPOSITORY"] ?? "") !== "";
  if (named === undefined && place !== undefined) {
    const { journal, claim, run, close } = openBucket(from, place, io);
    // GitHub is asked only where somebody else has the claim, and what it says then only makes the waiting shorter.
    const isOver = async (holder: Holder): Promise<boolean> => {
      if (!onGitHub || holder.repository !== io.env["GITHUB_REPOSITORY"]) return false;
      try {
        return await runIsOver((hub ?? (await openHub(input))).github, holder.run);
      } catch (error) {
        if (error instanceof UsageError) return false;
        throw error;
      }
    };
    return opened(journal, purpose, claimed(claim, run, io, isOver), close);
  }
  if (named === undefined && onGitHub) {
    const { github, context } = hub ?? (await openHub(input));
    const journal = branchJournal(github, { branch: JOURNAL_BRANCH, run: context.run });
    const claim = branchClaim(github, JOURNAL_BRANCH);
    return opened(
      journal,
      purpose,
      claimed(claim, context.run, io, ({ run }) => runIsOver(github, run)),
    );
  }
  const path = resolve(io.cwd, named ?? DEFAULT_JOURNAL);
  const unlock = purpose === "write" ? lockJournal(path) : () => undefined;
  const journal = journalFile(path);
  const flush = async (): Promise<void> => undefined;
  // The file's lock was taken when it was opened, and a process that is gone holds none.
  return { journal, flush, claim: async () => UNDISPUTED, close: async () => unlock() };
}

const UNDISPUTED: Claim = { waited: false, hold: async () => undefined, release: async () => undefined };

function claimed(
  store: ClaimStore,
  run: string,
  io: Io,
  isOver: (holder: Holder) => Promise<boolean>,
): () => Promise<Claim | Taken> {
  const repository = io.env["GITHUB_REPOSITORY"];
  return () =>
    takeClaim(store, {
      run,
      clock: io.clock,
      random: io.random,
      isOver,
      debug: () => undefined,
      ...(repository === undefined || repository === "" ? {} : { repository }),
    });
}

function opened(
  journal: BatchedJournal,
  purpose: Purpose,
  take: () => Promise<Claim | Taken>,
  end: () => void = () => undefined,
): OpenJournal {
  let taking: Promise<Claim | Taken> | undefined;
  return {
    journal,
    claim() {
      taking ??= take();
      return taking;
    },
    flush: () => journal.flush(),
    async close() {
      try {
        await journal.flush();
        // While nobody else applies, so that it seldom has to give way.
        if (purpose === "write") await journal.tidy?.();
      } finally {
        const held = await taking?.catch(() => undefined);
        if (held !== undefined && !("heldBy" in held)) await held.release();
        end();
      }
    },
  };
}
