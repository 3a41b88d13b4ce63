import { UsageError } from "../errors.ts";
import { isFinal, tellEnded } from "../github/ended.ts";
import { GitHubError } from "../github/errors.ts";
import { type Tended, tendRenewals } from "../github/renew.ts";
import type { ExceptedScan } from "../plan/exceptions.ts";
import { exceptionKey, newlyEnded, renewalsDue } from "../plan/renewals.ts";
import { endedComment, renewalBody, renewalTitle } from "../report/renewal.ts";
import { inline } from "../text/markdown.ts";
import { plain } from "../text/plain.ts";
import type { ExceptionNote } from "../types/exception.ts";
import type { Journal, JournalContents } from "../types/journal.ts";
import type { Hub } from "./hub.ts";
import { repositoryFolder } from "./repository-folder.ts";
import type { Scanned } from "./scanning.ts";

export interface TendedExceptions {
  /** The scan, whose exceptions now say where their renewal is proposed. */
  readonly scanned: Scanned;
  /** For the log, a line each. */
  readonly said: readonly string[];
  /** For the step's summary, Markdown: what GitHub refused. */
  readonly trouble: readonly string[];
}

/** Comments a run: who has more exceptions ending at once reads of them on the dashboard. */
const TOLD_A_RUN = 5;
/** The first is always told; beyond it, only while the run is within its budget of calls. */
const CALLS = 24;

/**
 * Proposes to renew what ends soon, and tells of what has ended, where it came from. The reports stand by then, so that what GitHub refuses here is told
 * and fails nothing. `narrowed`: the run looked at a part, and cannot tell which exceptions are needed.
 */
export async function tendExceptions(
  hub: Hub,
  scanned: Scanned,
  past: { readonly journal: Journal; readonly contents: JournalContents; readonly narrowed: boolean },
): Promise<TendedExceptions> {
  if (past.narrowed) return { scanned, said: [], trouble: [] };
  const said: string[] = [];
  const trouble: string[] = [];
  const attempt = async (what: string, work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof GitHubError || error instanceof UsageError)) throw error;
      const remedy = error instanceof GitHubError && error.remedy !== undefined ? `; to mend it: ${error.remedy}` : "";
      said.push(plain(`${what}: ${error.message}${remedy}`, 1_000));
      trouble.push(`**${inline(`${what}: ${error.message}${remedy}`, 1_000)}**\n`);
    }
  };
  let open: Tended["open"] = new Map();
  await attempt("Renewals of exceptions were not all proposed", async () => {
    const tended = await renew(hub, scanned);
    open = tended.open;
    said.push(...tended.said.map((line) => plain(line, 1_000)));
  });
  await attempt("The end of exceptions was not told where they came from", async () => {
    said.push(...(await tellEnds(hub, scanned, past)));
  });
  const exceptions = withRenewals(scanned.result.exceptions, open);
  return { scanned: { ...scanned, result: { ...scanned.result, exceptions } }, said, trouble };
}

async function renew({ github }: Hub, { ready, result, now }: Scanned): Promise<Tended> {
  const { workspace, config } = ready;
  const folder = repositoryFolder(workspace);
  const { defaultBranch } = await github.about();
  return tendRenewals(github, {
    base: defaultBranch,
    folder: folder === "" ? "exceptions" : `${folder}/exceptions`,
    texts: new Map([...workspace.texts].map(([path, text]) => [pathOf(path), text])),
    due: renewalsDue(result, workspace.catalogue.policies, now, config.report.renewal_days).map((renewal) => {
      const { file, line: _, ...entry } = renewal.exception;
      const { key, until } = renewal;
      return {
        key,
        path: file,
        entry,
        until,
        title: renewalTitle(renewal),
        body: renewalBody(renewal, now),
      };
    }),
  });
}

/** The journal remembers what was told, so that an exception that ended costs calls once; a comment's mark keeps a killed run's from being repeated. */
async function tellEnds(
  { github, context }: Hub,
  { result, now }: Scanned,
  { journal, contents }: { readonly journal: Journal; readonly contents: JournalContents },
): Promise<string[]> {
  const told = new Set(contents.notes.flatMap((note) => (note.record === "exceptions_ended" ? note.exceptions : [])));
  const said: string[] = [];
  const done: string[] = [];
  try {
    for (const [index, { key, exception, findings }] of newlyEnded(result, told, now).slice(0, TOLD_A_RUN).entries()) {
      if (index > 0 && github.calls > CALLS) break;
      const comment = endedComment(exception, findings);
      const ended = { key, path: pathOf(exception.file), comment, seen: context.sha };
      const pull = await tellEnded(github, ended).catch((error: unknown) => {
        if (!isFinal(error)) throw error;
        return undefined;
      });
      done.push(key);
      if (pull !== undefined)
        said.push(plain(`Told on #${pull} that the exception in ${exception.file} has ended`, 1_000));
    }
  } finally {
    const note = { record: "exceptions_ended" as const, at: now, run: context.run, exceptions: done };
    if (done.length > 0) await journal.append([note]);
  }
  return said;
}

function withRenewals(state: ExceptedScan["exceptions"], open: Tended["open"]): ExceptedScan["exceptions"] {
  const noted = (note: ExceptionNote): ExceptionNote => {
    const renewal = open.get(exceptionKey(pathOf(note.exception.file), note.exception));
    return renewal === undefined ? note : { ...note, renewal };
  };
  return { ...state, expiring: state.expiring.map(noted), expired: state.expired.map(noted) };
}

function pathOf(file: string): string {
  return file.replaceAll("\\", "/");
}
