import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { UsageError } from "../errors.ts";
import { planDigest, writePlan } from "../plan/file.ts";
import { applyJson, planJson } from "../report/json.ts";
import { outcomesText } from "../report/outcomes.ts";
import { planText } from "../report/plan.ts";
import { plain } from "../text/plain.ts";
import type { JournalRecord } from "../types/outcome.ts";
import type { Plan } from "../types/plan.ts";
import { applyExit, applyOutputs, runApply } from "./applying.ts";
import {
  CONFIG_OPTION,
  type Command,
  type CommandInput,
  type CommandResult,
  FORMAT_OPTION,
  flag,
  list,
  SHARED_HELP,
  text,
} from "./command.ts";
import { HUB_HELP, HUB_OPTIONS, openHub } from "./hub.ts";
import { type OpenJournal, openJournal } from "./journal.ts";
import { planOutputs } from "./plan.ts";
import { openSigning } from "./signing.ts";
import { publishUndo, undoOf, undoScope } from "./undo-report.ts";
import { print, printJson, viewOf, wantsJson } from "./view.ts";
import { openWorkspace, type Ready, readyWorkspace } from "./workspace.ts";

export const undo: Command = {
  name: "undo",
  summary: "plan, and with --apply make, the way back from what was applied",
  usage: "evenkeel undo (--item ID... | --plan DIGEST) [--report | --apply] [--out FOLDER] [--journal FILE]",
  about:
    "Makes a plan that takes back applied items, from the journal. Its fingerprints are the states that applying left behind:\nwhat others changed since is not overwritten. Without --apply it is only written, to be reviewed and applied like any plan.",
  example: "evenkeel undo --item 4f0c2a91d3b7 --apply",
  options: {
    ...CONFIG_OPTION,
    ...FORMAT_OPTION,
    ...HUB_OPTIONS,
    item: { type: "string", multiple: true },
    plan: { type: "string" },
    journal: { type: "string" },
    out: { type: "string" },
    apply: { type: "boolean" },
    report: { type: "boolean" },
    verbose: { type: "boolean" },
  },
  help: {
    ...SHARED_HELP,
    ...HUB_HELP,
    item: "IDs of applied items, or their beginnings",
    plan: "digest of an applied plan, or its beginning: all its items",
    out: "folder for the undo plan (report.plan_path of the configuration); - writes none",
    apply: "apply it at once",
    report: "open a pull request with it, whose merge approves it",
  },
  async run(input) {
    const { io, home } = input;
    const items = list(input, "item");
    const digest = text(input, "plan");
    if (items === undefined && digest === undefined)
      throw new UsageError("name what to undo: --item ID (from the journal or apply's output) or --plan DIGEST");
    const ready = readyWorkspace(openWorkspace(home, io, text(input, "config")), {});
    for (const name of [...(items ?? []), ...(digest === undefined ? [] : [digest])]) {
      if (!/^[0-9a-f]{8,64}$/.test(name))
        throw new UsageError(
          `${plain(name, 80)} is too little to name one item or plan: at least 8 of its characters are needed`,
        );
    }
    const open = await openJournal(input, flag(input, "apply") ? "write" : "read", ready);
    return takeBack(input, ready, { items, digest }, open).finally(open.close);
  },
};

async function takeBack(
  input: CommandInput,
  ready: Ready,
  { items, digest }: { readonly items: readonly string[] | undefined; readonly digest: string | undefined },
  open: OpenJournal,
): Promise<CommandResult> {
  const { io } = input;
  const { records } = await open.journal.read();
  const plan = undoOf(records, ready, io, {
    scope: scopeOf(records, items, digest),
    select: (item, of) =>
      (items?.some((wanted) => item.id.startsWith(wanted)) ?? true) && (digest === undefined || of.startsWith(digest)),
  });
  const found = [...plan.items.map(({ undoes }) => undoes ?? ""), ...plan.header.held.map(({ id }) => id)];
  for (const wanted of items ?? []) {
    if (found.filter((id) => id.startsWith(wanted)).length > 1)
      throw new UsageError(
        `${wanted} names more than one item: ${found.filter((id) => id.startsWith(wanted)).join(", ")}`,
      );
  }
  if (plan.items.length === 0 && plan.header.held.length === 0) {
    throw new UsageError("the journal holds no applied item of that name; `evenkeel apply` shows the IDs");
  }
  if (flag(input, "report")) return proposeUndo(input, ready, plan, records);
  const out = text(input, "out") ?? ready.config.report.plan_path;
  const paths = out === "-" ? [] : [writeTo(io.cwd, join(out, `${plan.header.scope}.jsonl`), writePlan(plan))];
  if (!flag(input, "apply")) {
    if (wantsJson(input)) printJson(io, { path: paths[0] ?? "", ...planJson(plan) });
    else
      print(
        io,
        planText(plan, viewOf(input)) +
          (paths[0] === undefined ? "" : `\nApply it with: evenkeel apply --plan ${paths[0]}\n`),
      );
    return { exit: 0, outputs: planOutputs([plan], paths) };
  }
  const applied = await runApply(input, ready, plan, open);
  if (wantsJson(input)) printJson(io, applyJson(applied));
  else print(io, `${planText(plan, viewOf(input))}\n${outcomesText(applied, viewOf(input))}`);
  return { exit: applyExit(applied), outputs: { ...applyOutputs(applied), plan_digest: planDigest(plan.header) } };
}

async function proposeUndo(
  input: CommandInput,
  ready: Ready,
  made: Plan,
  records: readonly JournalRecord[],
): Promise<CommandResult> {
  const signed = await openSigning(ready, input.io).sign(made);
  const { plan, failure } = signed;
  if (failure !== undefined) input.io.stderr.write(`${plain(failure, 1000)}\n`);
  const { result, place } = await publishUndo(await openHub(input), ready, signed, records);
  const { path } = place;
  if (wantsJson(input)) printJson(input.io, { path, pull_request: result.pullRequest, ...planJson(plan) });
  else {
    const where =
      result.pullRequest === undefined ? "Nothing to propose." : `Proposed: ${plain(result.pullRequest.url, 300)}`;
    print(input.io, `${planText(plan, viewOf(input))}\n${where}`);
  }
  const pull = result.pullRequest;
  return {
    exit: failure === undefined ? 0 : 3,
    outputs: {
      ...planOutputs([plan], [path]),
      ...(pull === undefined ? {} : { pull_request: pull.number, pull_request_url: pull.url }),
    },
  };
}

/** A plan that is named whole or by its beginning has one scope, and so one pull request. */
function scopeOf(
  records: readonly JournalRecord[],
  items: readonly string[] | undefined,
  digest: string | undefined,
): string {
  if (items === undefined && digest !== undefined) {
    const plans = new Set(records.map(({ plan }) => plan).filter((plan) => plan.startsWith(digest)));
    const [only] = plans;
    return undoScope(plans.size === 1 && only !== undefined ? only : digest);
  }
  const chosen = items?.join("-").slice(0, 12) ?? "";
  return `undo-${chosen.replace(/[^A-Za-z0-9]/g, "")}`;
}

function writeTo(cwd: string, path: string, content: string): string {
  const full = resolve(cwd, path);
  mkdirSync(dirname(full), { recursive: true });
  writeFileSync(full, content);
  return relative(cwd, full);
}
