import { checkQueued } from "../github/report-check.ts";
import type { CommandInput, CommandResult } from "./command.ts";
import type { Hub } from "./hub.ts";
import { print, printJson, wantsJson } from "./view.ts";

/** A merge queue asks for the check too, on a commit that no pull request has: files and accounts were looked at before. Errors: GitHubError. */
export async function queued(input: CommandInput, { github, context }: Hub): Promise<CommandResult> {
  await checkQueued(github, context.sha);
  if (wantsJson(input)) printJson(input.io, { version: 1, kind: "queued" });
  else print(input.io, "A merge queue's commit: its pull requests were previewed one by one.");
  return { exit: 0 };
}
