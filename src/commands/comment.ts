import { readFile } from "node:fs/promises";
import { loadExceptions } from "../catalogue/exceptions.ts";
import { UsageError } from "../errors.ts";
import type { GitHub } from "../github/client.ts";
import { commentUnlessThere } from "../github/comment.ts";
import { type CommentCommand, FORMS, parseCommentCommand } from "../github/comment-command.ts";
import { declineItems, itemNamed, openReport, type ReportPlace } from "../github/decline.ts";
import { answered, type CommentEvent, commentEvent, mayWrite } from "../github/event.ts";
import { type Pull, pullOf } from "../github/pulls.ts";
import { proposeWaiver, waiverPath, waiverText } from "../github/waive.ts";
import { code, inline, marker } from "../text/markdown.ts";
import { plain } from "../text/plain.ts";
import type { Config } from "../types/catalogue.ts";
import { CONFIG_OPTION, type Command, type CommandInput, FORMAT_OPTION, SHARED_HELP, text } from "./command.ts";
import { snooze, unsnooze } from "./comment-snooze.ts";
import { HUB_HELP, HUB_OPTIONS, type Hub, openHub } from "./hub.ts";
import { repositoryFolder } from "./repository-folder.ts";
import { print, printJson, wantsJson } from "./view.ts";
import { openWorkspace, type Ready, readyWorkspace } from "./workspace.ts";

const DAY_MS = 86_400_000;

/** `reply` is Markdown; undefined where nothing is said. */
export interface Answer {
  readonly done: boolean;
  readonly reply: string | undefined;
}

/** The report that a comment is on. */
export interface CommentedReport extends ReportPlace {
  readonly pull: Pull;
}

export const comment: Command = {
  name: "comment",
  summary: "do what a comment on a report asks for: take items out, put them off, or propose an exception",
  usage: "evenkeel comment [--config FILE] [--format json]",
  about:
    "Runs in a job for issue_comment and reads the event's comment. /reject ITEM [ITEM…] [reason] takes items out of the report's plan; /snooze ITEM [ITEM…] [DAYSd] [reason] does so for some days, also beyond this report, and /unsnooze ends that; /waive ITEM DAYSd reason opens a pull request with an exception. Commands only take work away or put it off: none approves anything, and nothing is sent to AWS. Answers each command once.",
  example: "evenkeel comment --config prod/evenkeel.yaml",
  options: { ...CONFIG_OPTION, ...FORMAT_OPTION, ...HUB_OPTIONS },
  help: { ...SHARED_HELP, ...HUB_HELP },
  async run(input) {
    const { github, context } = await openHub(input);
    if (context.event !== "issue_comment")
      throw new UsageError(`comment runs on: issue_comment, and this job's event is ${context.event}`);
    const payload: unknown = JSON.parse(await readFile(input.io.env["GITHUB_EVENT_PATH"] ?? "", "utf8"));
    const event = commentEvent(payload);
    const command = event.action === "created" ? parseCommentCommand(event.body) : undefined;
    if (command === undefined) return tell(input, undefined, "nothing in this comment is for Evenkeel");
    const mark = marker("reply", { to: String(event.comment) });
    if (await answered(github, event, mark)) return tell(input, command, "answered already");
    if (!event.human) {
      // Words to a program could become a conversation; a reaction starts no workflow.
      const asked = { ...github.here, comment_id: event.comment };
      await github.rest.reactions.createForIssueComment({ ...asked, content: "confused" });
      return tell(input, command, "left alone: commands are for people");
    }
    const { done, reply } = await answer(input, { github, context }, event, command);
    // After the work: a run killed in between does it again, which changes nothing, and then answers.
    if (reply !== undefined) await commentUnlessThere(github, event.issue, mark, () => `${mark}\n${reply}`);
    return tell(input, command, reply === undefined ? "left alone" : done ? "done" : "refused", reply);
  },
};

function tell(input: CommandInput, command: CommentCommand | undefined, result: string, reply?: string) {
  const kind = command?.kind ?? "none";
  if (wantsJson(input)) printJson(input.io, { version: 1, command: kind, result, reply });
  else print(input.io, `Comment (${kind}): ${result}.${reply === undefined ? "" : ` ${plain(reply, 1000)}`}`);
  // A comment that is refused is answered where it stands: the job did its work.
  return { exit: 0 as const };
}

/** What is wrong with the one who asks comes first: strangers learn nothing of the configuration, and cost no more calls. */
async function answer(
  input: CommandInput,
  { github, context: { run } }: Hub,
  event: CommentEvent,
  command: CommentCommand,
): Promise<Answer> {
  const refused = (why: string): Answer => ({ done: false, reply: `Nothing was done: ${why}.` });
  const unasked = (why: string): Answer =>
    command.kind === "misspelt" ? { done: false, reply: undefined } : refused(why);
  if (!(await mayWrite(github, event.login))) return unasked("commands are for those who may write to this repository");
  const ready = readyWorkspace(openWorkspace(input.home, input.io, text(input, "config")), {});
  const place = await placeOf(github, event, ready.config);
  if ("why" in place) return unasked(place.why);
  // What was put off can be asked for again also once its report is over.
  if (place.pull.state !== "open" && command.kind !== "unsnooze")
    return unasked("this pull request is not open any more");
  switch (command.kind) {
    case "misspelt":
      return refused(`did you mean ${code(FORMS[command.meant])}? Commands are taken letter by letter`);
    case "malformed":
      return refused(`${inline(command.why)}. The form is ${code(FORMS[command.name])}`);
    case "reject": {
      const result = await declineItems(github, place, command.items);
      if (!result.done) return refused(inline(result.why));
      const items = result.items.map((id) => code(id.slice(0, 12))).join(", ");
      const because = command.reason === "" ? "" : ` Reason: ${inline(command.reason, 1000)}`;
      return {
        done: true,
        reply: `Rejected: ${items}; ${result.left} left in this plan. It stays out while this pull request is open.${because}`,
      };
    }
    case "snooze":
      return snooze(input, github, { event, place, config: ready.config, run, command });
    case "unsnooze":
      return unsnooze(input, github, { event, place, config: ready.config, run, command });
    case "waive":
      return waive(input, github, event, ready, place, command);
  }
}

/** Where the report stands that the comment is about, by the pull request as GitHub has it now; or why it is none. */
async function placeOf(
  github: GitHub,
  event: CommentEvent,
  { report }: Config,
): Promise<CommentedReport | { readonly why: string }> {
  const none = { why: "this is no report of Evenkeel" };
  if (!event.pull) return none;
  const { data } = await github.rest.pulls.get({ ...github.here, pull_number: event.issue });
  const { fullName, defaultBranch } = await github.about();
  const prefix = `${report.branch_prefix}/`;
  const scope = data.head.ref.startsWith(prefix) ? data.head.ref.slice(prefix.length) : "";
  // A fork's branch may have any name.
  const here = data.head.repo?.full_name.toLowerCase() === fullName.toLowerCase();
  if (!here || !/^[A-Za-z0-9][A-Za-z0-9._=-]*$/.test(scope)) return none;
  if (data.base.ref !== defaultBranch) return { why: "this pull request is not for the default branch" };
  const path = `${report.plan_path}/${scope}.jsonl`;
  return { base: defaultBranch, branch: data.head.ref, path, pull: pullOf(data) };
}

async function waive(
  input: CommandInput,
  github: GitHub,
  event: CommentEvent,
  { workspace }: Ready,
  place: ReportPlace,
  command: CommentCommand & { kind: "waive" },
): Promise<Answer> {
  const refused = (why: string): Answer => ({ done: false, reply: `Nothing was done: ${inline(why, 1000)}.` });
  const report = await openReport(github, place);
  if ("why" in report) return refused(report.why);
  const { found: item, why } = itemNamed(report.plan, command.item);
  if (item === undefined) return refused(why);
  if (report.plan.header.kind === "undo") return refused("exceptions do not hold an undo back; use /reject");
  const now = input.io.clock.now();
  const expires = new Date(now + command.days * DAY_MS).toISOString().slice(0, 10);
  const terms = { reason: command.reason, owner: event.login, expires };
  const path = waiverPath(repositoryFolder(workspace), item);
  const content = waiverText(item, terms);
  // What `validate` would refuse is refused here: the reason's length, the days of a critical policy, a policy that is gone.
  const { problems } = loadExceptions({
    files: [{ kind: "exceptions", file: path, text: content }],
    catalogue: workspace.catalogue,
    brokenPolicies: [],
    accounts: workspace.config?.accounts.map(({ id }) => id),
    now: new Date(now).toISOString(),
  });
  if (problems.length > 0) return refused(problems.map(({ message }) => message).join("; "));
  const of = { item, terms, path, text: content, base: place.base, comment: event.comment, report: event.issue };
  const result = await proposeWaiver(github, of);
  if (!result.done) return refused(result.why);
  const id = code(item.id.slice(0, 12));
  return {
    done: true,
    reply: `Proposed: #${result.pull} excepts ${id} until ${expires}. Until that is merged the item stays in this plan.`,
  };
}
