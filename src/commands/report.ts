import { findingsText } from "../report/findings.ts";
import { scanJson } from "../report/json.ts";
import { policyInfos } from "../report/options.ts";
import { planSummary } from "../report/summary.ts";
import { inline } from "../text/markdown.ts";
import { plain } from "../text/plain.ts";
import { CHOICE_OPTIONS, CONFIG_OPTION, type Command, FORMAT_OPTION, flag, list, SHARED_HELP } from "./command.ts";
import { writeDashboard } from "./dashboard.ts";
import { narrowing } from "./groups.ts";
import { HUB_HELP, HUB_OPTIONS, openHub } from "./hub.ts";
import { openJournal } from "./journal.ts";
import { planOutputs } from "./plan.ts";
import { plansToReport } from "./report-plans.ts";
import { publishAll, publishedJson, publishedWords, stateOf } from "./report-publish.ts";
import { anyUnexcepted, findingAnnotations, runScan, scanOutputs } from "./scanning.ts";
import { openSigning } from "./signing.ts";
import { print, printJson, viewOf, wantsJson } from "./view.ts";

export const report: Command = {
  name: "report",
  summary: "scan, plan, and put the plan into a pull request whose merge approves it",
  usage: "evenkeel report [--accounts A] [--policies P] [--format json]",
  about:
    "Scans and plans, then opens or updates one pull request per report group with the plan file on a branch of its own.\nAn unchanged plan pushes nothing. Merging the pull request is the approval; `apply` then makes exactly those calls.\nNeeds the environment of a GitHub Actions runner (GITHUB_REPOSITORY, GITHUB_API_URL, …) and a token.",
  example: "evenkeel report --policies s3_*",
  options: {
    ...CONFIG_OPTION,
    ...FORMAT_OPTION,
    ...CHOICE_OPTIONS,
    ...HUB_OPTIONS,
    verbose: { type: "boolean" },
    dashboard: { type: "boolean" },
    "fail-on-findings": { type: "boolean" },
  },
  help: {
    ...SHARED_HELP,
    ...HUB_HELP,
    dashboard: "keep one issue with where things stand (issues: write)",
  },
  async run(input) {
    const { io } = input;
    const hub = await openHub(input);
    const scanned = await runScan(input, true);
    const { journal, close } = await openJournal(input, "write", scanned.ready, hub);
    try {
      const contents = await journal.read();
      const narrowed = narrowing(["accounts", "regions", "policies"].map((name) => list(input, name)));
      const signing = openSigning(scanned.ready, io);
      const signed = await plansToReport(hub, scanned, io, { signing, narrowed });
      const plans = signed.map(({ plan }) => plan);
      const failures = signed.flatMap(({ failure }) => failure ?? []);
      for (const failure of failures) io.stderr.write(`${plain(failure, 1000)}\n`);
      const published = await publishAll(hub, scanned, signed, contents);
      const infos = policyInfos(scanned.ready.policies);
      if (wantsJson(input)) printJson(io, { ...scanJson(scanned.result), reports: published.map(publishedJson) });
      else {
        print(io, findingsText(scanned.result, { ...viewOf(input), policies: infos }));
        for (const one of published) print(io, `\n${publishedWords(one)}`);
      }
      const notes: string[] = [];
      if (flag(input, "dashboard")) {
        const { said, trouble } = await writeDashboard(hub, scanned, published.map(stateOf), narrowed !== "");
        // Beside JSON only standard error is free.
        if (wantsJson(input)) io.stderr.write(`${said}\n`);
        else print(io, `\n${said}`);
        if (trouble) notes.push(`**${inline(said, 1_000)}**\n`);
      }
      const pulls = published.flatMap(({ result }) => result.pullRequest ?? []);
      const frozen = published.some(({ result }) => result.frozen !== undefined);
      const failing = flag(input, "fail-on-findings") && anyUnexcepted(scanned.result.findings);
      return {
        exit: failing ? 1 : scanned.result.coverage.complete && !frozen && failures.length === 0 ? 0 : 3,
        outputs: {
          ...scanOutputs(scanned.result),
          ...planOutputs(
            plans,
            published.map(({ place }) => place.path),
          ),
          pull_request: pulls.map(({ number }) => number).join(" "),
          pull_request_url: pulls.map(({ url }) => url).join(" "),
        },
        summary: [...plans.map((plan) => planSummary(plan, scanned.result, infos)), ...notes].join("\n"),
        annotations: findingAnnotations(scanned),
      };
    } finally {
      await close();
    }
  },
};
