import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { planDigest, writePlan } from "../plan/file.ts";
import { findingsText } from "../report/findings.ts";
import { planJson, scanJson } from "../report/json.ts";
import { policyInfos } from "../report/options.ts";
import { planText } from "../report/plan.ts";
import { planSummary } from "../report/summary.ts";
import type { Plan } from "../types/plan.ts";
import {
  CHOICE_OPTIONS,
  CONFIG_OPTION,
  type Command,
  type CommandInput,
  FORMAT_OPTION,
  flag,
  SHARED_HELP,
  text,
} from "./command.ts";
import { uncountedGrace } from "./grace.ts";
import { anyUnexcepted, findingAnnotations, plansOf, runScan, scanOutputs } from "./scanning.ts";
import { print, printJson, viewOf, wantsJson } from "./view.ts";

export const plan: Command = {
  name: "plan",
  summary: "scan, then show exactly which calls would fix what fails",
  usage: "evenkeel plan [--out FOLDER] [--accounts A] [--regions R] [--policies P] [--format json]",
  about:
    "Scans, then works out the exact API calls with their parameters, the values before and after, and the undo, for every\nfailing resource whose policy may be fixed. Changes nothing. Writes one plan file per report group into --out.",
  example: "evenkeel plan --policies s3_bucket_versioning --out plans",
  options: {
    ...CONFIG_OPTION,
    ...FORMAT_OPTION,
    ...CHOICE_OPTIONS,
    out: { type: "string" },
    verbose: { type: "boolean" },
    "fail-on-findings": { type: "boolean" },
  },
  help: { ...SHARED_HELP, out: "folder for the plan files (report.plan_path of the configuration); - writes none" },
  async run(input) {
    const scanned = await runScan(input, true);
    const plans = plansOf(scanned, input.io);
    const policies = policyInfos(scanned.ready.policies);
    const grace = uncountedGrace(scanned, plans);
    const paths = writePlans(input, plans, scanned.ready.config.report.plan_path);
    if (wantsJson(input)) {
      printJson(input.io, {
        ...scanJson(scanned.result),
        plans: plans.map((one, index) => ({ path: paths[index] ?? "", ...planJson(one) })),
      });
      if (grace !== "") input.io.stderr.write(`${grace}\n`);
    } else {
      const view = viewOf(input);
      print(input.io, findingsText(scanned.result, { ...view, policies }));
      for (const [index, one] of plans.entries()) {
        print(input.io, `\n${planText(one, view)}`);
        const path = paths[index];
        if (path !== undefined && one.items.length > 0)
          print(input.io, `\nWritten to ${path}. Apply it with: evenkeel apply --plan ${path}`);
      }
      if (grace !== "") print(input.io, `\n${grace}`);
    }
    const failing = flag(input, "fail-on-findings") && anyUnexcepted(scanned.result.findings);
    return {
      exit: failing ? 1 : scanned.result.coverage.complete ? 0 : 3,
      outputs: { ...scanOutputs(scanned.result), ...planOutputs(plans, paths) },
      summary: plans.map((one) => planSummary(one, scanned.result, policies)).join("\n"),
      annotations: findingAnnotations(scanned),
    };
  },
};

export function planOutputs(plans: readonly Plan[], paths: readonly string[]): Record<string, string | number> {
  return {
    planned: plans.reduce((sum, { items }) => sum + items.length, 0),
    held: plans.reduce((sum, { header }) => sum + header.held.length, 0),
    plan_digest: plans.map(({ header }) => planDigest(header)).join(" "),
    plan_path: paths.join(" "),
  };
}

function writePlans(input: CommandInput, plans: readonly Plan[], configured: string): string[] {
  const out = text(input, "out") ?? configured;
  if (out === "-") return [];
  return plans.map((one) => {
    const path = join(out, `${one.header.scope}.jsonl`);
    const full = resolve(input.io.cwd, path);
    mkdirSync(dirname(full), { recursive: true });
    writeFileSync(full, writePlan(one));
    return relative(input.io.cwd, full);
  });
}
