import { join } from "node:path";
import { RemoteError } from "../aws/errors.ts";
import { UsageError } from "../errors.ts";
import { commitsOf } from "../github/commits.ts";
import { publishPreview } from "../github/preview.ts";
import { testPolicies } from "../plan/policy-test.ts";
import { failedTests, placesOf, runnable, sameMeaning, staticPreview } from "../preview/assemble.ts";
import { fileChanges } from "../preview/changes.ts";
import { fileAt, folderSide } from "../preview/folder.ts";
import { observe, type Runnable } from "../preview/observe.ts";
import { type Preview, totalsOf, type Verdict, verdictOf } from "../preview/preview.ts";
import { ownFiles, type Side } from "../preview/side.ts";
import { commitsToCompare, readSide } from "../preview/tree.ts";
import { type PlaceOf, previewAnnotations, previewCheck } from "../report/preview-check.ts";
import { PREVIEW_MARKER, previewComment, previewSummary } from "../report/preview-comment.ts";
import { previewJson } from "../report/preview-json.ts";
import { previewText } from "../report/preview-text.ts";
import { problemsText } from "../report/problems.ts";
import { plain } from "../text/plain.ts";
import type { AwsReader } from "../types/aws.ts";
import type { Config } from "../types/catalogue.ts";
import { VERSION } from "../version.ts";
import {
  CONFIG_OPTION,
  type Command,
  type CommandInput,
  type CommandResult,
  FORMAT_OPTION,
  flag,
  SHARED_HELP,
  text,
} from "./command.ts";
import { goOnline } from "./connection.ts";
import { HUB_HELP, HUB_OPTIONS, type Hub, openHub } from "./hub.ts";
import { queued } from "./preview-queue.ts";
import { revertNotes } from "./preview-revert.ts";
import { scanProgress } from "./progress.ts";
import { print, printJson, viewOf, wantsJson } from "./view.ts";
import { CONFIG_NAME, loadWorkspace, type Workspace } from "./workspace.ts";

const SUMMARY_BYTES = 200_000;

export const preview: Command = {
  name: "preview",
  summary: "show what a change of policies would do, before it is merged",
  usage: "evenkeel preview [--base FOLDER --head FOLDER] [--static] [--fail-on-coverage-loss] [--format json]",
  about:
    "Reads the policies, remediations, resource types, exceptions and configuration of both sides of a pull request as data,\njudges the accounts by both on the same answers of AWS, and tells what newly fails, what stops failing, what is not looked\nat any more, and which fixes the next report would propose. Changes nothing. In a job for a pull request it keeps one\ncomment and the check evenkeel/preview; elsewhere it compares two folders.",
  example: "evenkeel preview --base ../main --head . --static",
  options: {
    ...CONFIG_OPTION,
    ...FORMAT_OPTION,
    ...HUB_OPTIONS,
    base: { type: "string" },
    head: { type: "string" },
    static: { type: "boolean" },
    "fail-on-coverage-loss": { type: "boolean" },
    verbose: { type: "boolean" },
  },
  help: {
    ...SHARED_HELP,
    ...HUB_HELP,
    config: "configuration file, by its path on either side (evenkeel.yaml)",
    base: "folder as it is, with --head, instead of a pull request",
    head: "folder as it would be",
    static: "files only: nothing is sent to AWS",
    "fail-on-coverage-loss": "lost coverage makes the check fail, and exit with 1",
  },
  async run(input) {
    const folders = foldersOf(input);
    const hub = folders === undefined ? await openHub(input) : undefined;
    if (hub?.context.event === "merge_group") return queued(input, hub);
    const sides = folders ?? (await pullSides(input, hub));
    const now = new Date(input.io.clock.now()).toISOString();
    const [base, head] = [load(input, sides.base, now), load(input, sides.head, now)];
    if (base.config === undefined && head.config === undefined && head.problems.length === 0)
      throw new UsageError(`neither side has a configuration ${head.configFile}; name it with --config`);
    const fork = hub?.context.pullRequest?.fork === true;
    const looked = await look(input, { base, head, sides, now, fork });
    const result = { ...looked, notes: [...looked.notes, ...(await notesOf(hub, sides, base.config ?? head.config))] };
    const verdict = verdictOf(result, { failOnCoverageLoss: flag(input, "fail-on-coverage-loss") });
    tell(input, result, verdict, head);
    const placeOf = placesOf(head, result.files);
    const published = hub === undefined ? "kept" : await publish(input, hub, result, verdict, placeOf);
    return {
      // A fork's token may not write, and its author cannot mend that.
      exit: verdict.exit === 0 && published === "failed" && !fork ? 3 : verdict.exit,
      outputs: outputsOf(result),
      summary: previewSummary(result, verdict, SUMMARY_BYTES),
      annotations: published === "written" ? [] : annotationsOf(result, placeOf),
    };
  },
};

interface Sides {
  readonly base: Side;
  readonly head: Side;
  readonly compared?: Preview["compared"];
}

function foldersOf(input: CommandInput): Sides | undefined {
  const [base, head] = [text(input, "base"), text(input, "head")];
  if (base === undefined && head === undefined) {
    if ((input.io.env["GITHUB_REPOSITORY"] ?? "") !== "") return undefined;
    throw new UsageError("outside of a job for a pull request, name two folders: --base and --head");
  }
  if (base === undefined || head === undefined) throw new UsageError("--base and --head go together");
  const config = text(input, "config") ?? CONFIG_NAME;
  return { base: folderSide(input.io.cwd, base, config), head: folderSide(input.io.cwd, head, config) };
}

async function pullSides(input: CommandInput, hub: Hub | undefined): Promise<Sides> {
  const { pullRequest, sha } = hub?.context ?? {};
  if (hub === undefined || pullRequest === undefined || sha === undefined)
    throw new UsageError("preview runs for pull requests (on: pull_request), or on two folders: --base and --head");
  const config = (text(input, "config") ?? CONFIG_NAME).replace(/^\.\//, "");
  if (/^\/|(^|\/)\.\.(\/|$)/.test(config))
    throw new UsageError("--config is a path in the repository, such as prod/evenkeel.yaml");
  const commits = commitsOf(hub.github);
  const { base, head } = await commitsToCompare(commits, { sha, ...pullRequest });
  const known = new Map<string, string>();
  const local = (path: string) => fileAt(join(input.io.cwd, path));
  return {
    head: await readSide(commits, head, config, local, known),
    base: await readSide(commits, base, config, local, known),
    compared: { base, head },
  };
}

async function notesOf(
  hub: Hub | undefined,
  { compared }: Sides,
  config: Config | undefined,
): Promise<readonly string[]> {
  const { headRef } = hub?.context.pullRequest ?? {};
  if (hub === undefined || headRef === undefined || compared === undefined || config === undefined) return [];
  return revertNotes(commitsOf(hub.github), { ...compared, headRef, folder: config.report.plan_path });
}

function load({ home }: CommandInput, side: Side, now: string): Workspace {
  const { exceptions, ...own } = ownFiles(side);
  return loadWorkspace(home, { ...own, exceptions: { files: exceptions, now } });
}

interface Subject {
  readonly base: Workspace;
  readonly head: Workspace;
  readonly sides: Sides;
  readonly now: string;
  readonly fork: boolean;
}

async function look(input: CommandInput, { base, head, sides, now, fork }: Subject): Promise<Preview> {
  const own = (id: string): boolean => !head.builtin.has(head.catalogue.policies.get(id)?.location.file ?? "");
  const broken = head.problems.length > 0;
  const same = sameMeaning(base, head);
  const forbidden = fork ? "the pull request comes from a fork" : flag(input, "static") ? "--static" : undefined;
  const told = staticPreview(base, head, {
    files: fileChanges(sides.base, sides.head),
    tests: broken ? [] : await testPolicies(head.catalogue, own),
    compared: sides.compared,
    unobserved: broken || same ? undefined : forbidden,
  });
  const [before, after] = [runnable(base), runnable(head)];
  // What was reviewed says as whom to read: a pull request that changes the roles is read through the old ones.
  const lead = before ?? after;
  if (broken || same || forbidden !== undefined || lead === undefined) return told;
  const online = goOnline({ ...lead, workspace: before === undefined ? head : base }, input.io);
  const progress = scanProgress(input.io);
  try {
    const refused = await withoutCredentials(online.reader, lead);
    if (refused !== undefined) return { ...told, unobserved: refused };
    const observed = await observe({
      base: before,
      head: after,
      guards: base.config?.guards,
      aws: online.reader,
      homeRegion: online.homeRegion,
      now,
      engine: VERSION,
      onProgress: progress.onProgress,
    });
    return { ...told, observed };
  } finally {
    progress.end();
    online.connection.close();
  }
}

/** Without any credentials there is nothing to ask AWS with; credentials that AWS refuses are a gap of the scan, as ever. */
async function withoutCredentials(aws: AwsReader, { policies }: Runnable): Promise<string | undefined> {
  const [first] = policies;
  try {
    if (first !== undefined) await aws.enter(first.account.id);
  } catch (error) {
    if (error instanceof RemoteError && /^(Credentials|Token)ProviderError$/.test(error.code))
      return "there are no AWS credentials";
  }
  return undefined;
}

function tell(input: CommandInput, result: Preview, verdict: Verdict, { texts }: Workspace): void {
  const { io } = input;
  if (wantsJson(input)) {
    printJson(io, previewJson(result, verdict));
    return;
  }
  const view = viewOf(input);
  print(io, previewText(result, verdict, view));
  if (result.problems.length > 0) print(io, `\n${problemsText(result.problems, texts, view)}`);
}

/** Comment and check. What cannot be written is said; where a fork's token may not write, the summary and the annotations are all there is. */
async function publish(
  { io }: CommandInput,
  { github, context }: Hub,
  result: Preview,
  verdict: Verdict,
  placeOf: PlaceOf,
): Promise<"written" | "failed"> {
  const { number = 0, headSha = context.sha } = context.pullRequest ?? {};
  const failed = await publishPreview(github, {
    pull: number,
    check: previewCheck(result, verdict, headSha, placeOf),
    marker: PREVIEW_MARKER,
    comment: () => previewComment(result, verdict),
    // Of a pull request about something else there is nothing to say, unless something was said before.
    onlyEdit: result.files.length + result.notes.length === 0,
  });
  for (const { what, error } of failed)
    io.stderr.write(`the ${what} could not be written: ${plain(error.message, 500)}\n`);
  return failed.length === 0 ? "written" : "failed";
}

function annotationsOf(result: Preview, placeOf: PlaceOf): NonNullable<CommandResult["annotations"]> {
  return previewAnnotations(result, placeOf).map(({ path, line, level, message }) => ({
    file: path,
    line,
    column: 1,
    message,
    level: level === "failure" ? "error" : level,
  }));
}

/** Numbers of resources only where AWS was asked: none is not the same as not known. */
function outputsOf(result: Preview): Record<string, string | number> {
  const { problems, tests, observed } = result;
  const { newlyFailing, noLongerFailing, lost } = totalsOf(result);
  const known = { problems: problems.length, tests: tests.length, tests_failed: failedTests(tests) };
  if (observed === undefined) return known;
  const counted = { newly_failing: newlyFailing, no_longer_failing: noLongerFailing, coverage_lost: lost };
  return { ...known, ...counted, planned: observed.plan.items.length, held: observed.plan.held.length };
}
