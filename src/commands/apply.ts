import { relative, resolve } from "node:path";
import { UsageError } from "../errors.ts";
import { readPlan } from "../plan/file.ts";
import { applyJson } from "../report/json.ts";
import { outcomesText } from "../report/outcomes.ts";
import { applySummary } from "../report/summary.ts";
import { ALLOW_HELP, ALLOW_OPTION } from "./allowed.ts";
import { applyAutomatic } from "./apply-automatic.ts";
import { applyMerged } from "./apply-merged.ts";
import { applyExit, applyOutputs, runApply, stopSwitch } from "./applying.ts";
import { CONFIG_OPTION, type Command, FORMAT_OPTION, flag, SHARED_HELP, text } from "./command.ts";
import { HUB_HELP, HUB_OPTIONS, openHub } from "./hub.ts";
import { openJournal } from "./journal.ts";
import { print, printJson, viewOf, wantsJson } from "./view.ts";
import { openWorkspace, readText, readyWorkspace } from "./workspace.ts";

export const apply: Command = {
  name: "apply",
  summary: "apply an approved plan: compare, set, verify",
  usage: "evenkeel apply [--plan FILE | --automatic] [--journal FILE] [--format json]",
  about:
    "Applies a plan file through the remediation role. Each resource is read again first; one that changed since the plan was\nmade is left alone (stale). After the calls it is read once more and the check must pass. May be run again at any time:\nwhat is done is not done twice, and a run that was killed is finished.",
  example: "evenkeel apply --plan plans/all.jsonl",
  options: {
    ...CONFIG_OPTION,
    ...FORMAT_OPTION,
    ...HUB_OPTIONS,
    plan: { type: "string" },
    journal: { type: "string" },
    automatic: { type: "boolean" },
    ...ALLOW_OPTION,
    verbose: { type: "boolean" },
  },
  help: {
    ...SHARED_HELP,
    ...HUB_HELP,
    ...ALLOW_HELP,
    automatic:
      "apply what policies with `mode: automatic` approve by standing, where the last report and this scan agree",
    plan: "the plan file; in a GitHub Actions job without it, every plan that was merged and is not done",
  },
  async run(input) {
    const { io, home } = input;
    if (flag(input, "automatic")) return applyAutomatic(input);
    const path = text(input, "plan");
    if (path === undefined) {
      if ((io.env["GITHUB_SHA"] ?? "") === "")
        throw new UsageError("--plan is missing: name the plan file to apply, for example plans/all.jsonl");
      return applyMerged(input, readyWorkspace(openWorkspace(home, io, text(input, "config")), {}));
    }
    const shown = relative(io.cwd, resolve(io.cwd, path));
    const content = readText(resolve(io.cwd, path));
    if (content === undefined) throw new UsageError(`there is no plan file ${shown}`);
    const plan = readPlan(shown, content);
    const ready = readyWorkspace(openWorkspace(home, io, text(input, "config")), {});
    // A job is no terminal: nobody sees there what a file destroys, and whoever stops it does so on GitHub.
    const job = io.env["GITHUB_ACTIONS"] === "true";
    const github = job ? (await openHub(input)).github : undefined;
    const cause = { approval: "", stopped: stopSwitch(ready, io, github), unattended: job };
    const open = await openJournal(input, "write", ready);
    const applied = await runApply(input, ready, plan, open, cause).finally(open.close);
    if (wantsJson(input)) printJson(io, applyJson(applied));
    else print(io, outcomesText(applied, viewOf(input)));
    return { exit: applyExit(applied), outputs: applyOutputs(applied), summary: applySummary(applied, plan) };
  },
};
