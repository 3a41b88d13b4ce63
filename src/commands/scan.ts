import { findingsText } from "../report/findings.ts";
import { scanJson } from "../report/json.ts";
import { policyInfos } from "../report/options.ts";
import { scanSummary } from "../report/summary.ts";
import { CHOICE_OPTIONS, CONFIG_OPTION, type Command, FORMAT_OPTION, flag, SHARED_HELP } from "./command.ts";
import { anyUnexcepted, findingAnnotations, runScan, scanOutputs } from "./scanning.ts";
import { print, printJson, viewOf, wantsJson } from "./view.ts";

export const scan: Command = {
  name: "scan",
  summary: "read the accounts and show what fails",
  usage: "evenkeel scan [--accounts A,B] [--regions R] [--policies P] [--format json]",
  about:
    "Reads the configured accounts through the read role and judges every resource by every policy. Changes nothing.",
  example: "evenkeel scan --accounts payments-prod --policies s3_* --format json",
  options: {
    ...CONFIG_OPTION,
    ...FORMAT_OPTION,
    ...CHOICE_OPTIONS,
    verbose: { type: "boolean" },
    "fail-on-findings": { type: "boolean" },
  },
  help: SHARED_HELP,
  async run(input) {
    const scanned = await runScan(input, false);
    const { result, ready } = scanned;
    const policies = policyInfos(ready.policies);
    if (wantsJson(input)) printJson(input.io, scanJson(result));
    else print(input.io, findingsText(result, { ...viewOf(input), policies }));
    const failing = flag(input, "fail-on-findings") && anyUnexcepted(result.findings);
    return {
      exit: failing ? 1 : result.coverage.complete ? 0 : 3,
      outputs: scanOutputs(result),
      summary: scanSummary(result, policies),
      annotations: findingAnnotations(scanned),
    };
  },
};
