import { UsageError } from "../errors.ts";
import { type ApprovalRecord, approvalRecord } from "../github/approval-record.ts";
import type { GitHub } from "../github/client.ts";
import { GitHubError } from "../github/errors.ts";
import { branchJournal } from "../github/journal-branch.ts";
import { seconds } from "../plan/calls.ts";
import { logJson, logText } from "../report/log.ts";
import { type LogEntry, logEntries, matching } from "../report/log-entries.ts";
import { plain } from "../text/plain.ts";
import { CONFIG_OPTION, type Command, type CommandInput, FORMAT_OPTION, list, SHARED_HELP, text } from "./command.ts";
import { HUB_HELP, HUB_OPTIONS, JOURNAL_BRANCH } from "./hub.ts";
import { openJournal } from "./journal.ts";
import { journalFrom } from "./journal-from.ts";
import { openRepository } from "./repository.ts";
import { print, printJson, viewOf, wantsJson } from "./view.ts";

/** Approvals that GitHub is asked about, three calls each: the newest ones. */
const ASKED = 10;

export const log: Command = {
  name: "log",
  summary: "say who approved what, what was done, when, and how it ended",
  usage:
    "evenkeel log [OWNER/NAME] [--account ID] [--policy ID] [--resource ID] [--item ID] [--plan DIGEST] [--since 7d]",
  takesName: true,
  about:
    "Reads the journal, newest first: each item with its approval, the calls that were made with their request IDs, the outcome, and the role session by which CloudTrail in the account names the same calls. Reads the branch evenkeel/journal of the repository that is named; else what the configuration names (journal:), the branch of the job's repository, or the local journal file. Changes nothing.",
  example: "evenkeel log acme/policies --account 111111111111 --since 30d",
  options: {
    ...CONFIG_OPTION,
    ...FORMAT_OPTION,
    ...HUB_OPTIONS,
    journal: { type: "string" },
    account: { type: "string" },
    policy: { type: "string" },
    resource: { type: "string" },
    item: { type: "string", multiple: true },
    plan: { type: "string" },
    since: { type: "string" },
    verbose: { type: "boolean" },
  },
  help: {
    ...SHARED_HELP,
    ...HUB_HELP,
    account: "only this account, by its ID",
    policy: "only this policy; s3_* takes all that begin so",
    resource: "only this resource, by ID or ARN; logs-* takes all that begin so",
    item: "only these items, by their IDs or their beginnings",
    plan: "only this plan, by its digest or its beginning",
    since: "only what ended since a day (2026-03-01), a time (2026-03-01T06:00:00Z) or so long ago (12h, 7d)",
  },
  async run(input) {
    const since = sinceOf(text(input, "since"), input.io.clock.now());
    const { entries: all, github } = await read(input);
    const entries = matching(all, {
      account: text(input, "account"),
      policy: text(input, "policy"),
      resource: text(input, "resource"),
      item: list(input, "item"),
      plan: text(input, "plan"),
      since,
    });
    const approvals = github === undefined ? new Map<string, ApprovalRecord>() : await askAbout(entries, github);
    const logged = { entries, total: all.length, approvals };
    if (wantsJson(input)) printJson(input.io, logJson(logged));
    else print(input.io, logText(logged, viewOf(input)));
    return { exit: 0 };
  },
};

async function read(input: CommandInput): Promise<{ entries: LogEntry[]; github: GitHub | undefined }> {
  const named = text(input, "journal");
  const elsewhere = input.arguments.length > 0;
  if (named !== undefined && elsewhere) throw new UsageError("either a repository or --journal, not both");
  if (elsewhere && text(input, "config") !== undefined)
    throw new UsageError("either a repository or --config, not both");
  if (elsewhere) return readElsewhere(input);
  const from = journalFrom(input);
  const onGitHub = (input.io.env["GITHUB_REPOSITORY"] ?? "") !== "";
  if (named === undefined && onGitHub && from.config.journal === undefined) return readElsewhere(input);
  const { journal, close } = await openJournal(input, "read", from);
  try {
    const entries = logEntries((await journal.read()).records);
    return { entries, github: named === undefined && onGitHub ? (await openRepository(input)).github : undefined };
  } finally {
    await close();
  }
}

/** The journal's branch of a repository, which need not be checked out; its configuration is not looked at. */
async function readElsewhere(input: CommandInput): Promise<{ entries: LogEntry[]; github: GitHub }> {
  const { github } = await openRepository(input);
  // Whose journal it is: a misspelt repository would otherwise have an empty one.
  await github.about();
  const { records } = await branchJournal(github, { branch: JOURNAL_BRANCH, run: "log" }).read();
  if (records.length === 0) {
    github.logger.warn(
      `${github.here.owner}/${github.here.repo} has no journal on the branch ${JOURNAL_BRANCH}; where its configuration names a bucket (journal:), run evenkeel log in a checkout of it, or with --config`,
    );
  }
  return { entries: logEntries(records), github };
}

/** Who approved: the journal says it for good, GitHub only says more. What it does not tell is left out, and said. */
async function askAbout(entries: readonly LogEntry[], github: GitHub): Promise<Map<string, ApprovalRecord>> {
  const known = new Map<string, ApprovalRecord>();
  const approvals = [...new Set(entries.map(({ approval }) => approval))].filter((one) =>
    /^(?:pull|commit)\//.test(one),
  );
  try {
    for (const approval of approvals.slice(0, ASKED)) {
      const record = await approvalRecord(github, approval);
      if (record !== undefined) known.set(approval, record);
    }
  } catch (error) {
    if (!(error instanceof GitHubError)) throw error;
    github.logger.warn(`who approved could not be asked: ${error.message}`);
  }
  if (approvals.length > ASKED)
    github.logger.warn(`asked GitHub about ${ASKED} of ${approvals.length} approvals, the newest`);
  return known;
}

/** Milliseconds since 1970. Errors: UsageError. */
export function sinceOf(given: string | undefined, now: number): number | undefined {
  if (given === undefined) return undefined;
  if (/^[1-9]\d{0,5}[smhd]$/.test(given)) return now - seconds(given) * 1000;
  const at = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?Z)?$/.test(given) ? Date.parse(given) : Number.NaN;
  if (Number.isNaN(at)) {
    throw new UsageError(
      `--since is ${plain(given, 60)}; expected a day (2026-03-01), a time (2026-03-01T06:00:00Z) or 12h, 7d`,
    );
  }
  return at;
}
