import { waitingBy } from "../plan/grace.ts";
import { firstOf } from "../plan/postponed.ts";
import { postponedBy } from "../plan/snooze.ts";
import { findingsText } from "../report/findings.ts";
import { scanJson } from "../report/json.ts";
import { policyInfos } from "../report/options.ts";
import { planSummary } from "../report/summary.ts";
import { inline } from "../text/markdown.ts";
import { plain } from "../text/plain.ts";
import { afterUndo } from "./after-undo.ts";
import { ALLOW_HELP, ALLOW_OPTION, allowedBy } from "./allowed.ts";
import { approvedPlans } from "./approved-plans.ts";
import { CHOICE_OPTIONS, CONFIG_OPTION, type Command, FORMAT_OPTION, flag, list, SHARED_HELP } from "./command.ts";
import { writeDashboard } from "./dashboard.ts";
import { keepGrace, tellGrace } from "./grace.ts";
import { narrowing } from "./groups.ts";
import { HUB_HELP, HUB_OPTIONS, openHub } from "./hub.ts";
import { openJournal } from "./journal.ts";
import { planOutputs } from "./plan.ts";
import { plansToReport, reportScopes } from "./report-plans.ts";
import { publishAll } from "./report-publish.ts";
import { publishedJson, publishedWords, stateOf, toldPlan, waitingWords } from "./report-words.ts";
import { answerReverts } from "./reverts.ts";
import { anyUnexcepted, findingAnnotations, runScan, scanOutputs } from "./scanning.ts";
import { openSigning } from "./signing.ts";
import { noteClosedReports } from "./snoozing.ts";
import { standingOf } from "./standing.ts";
import { strayReports } from "./stray-reports.ts";
import { tendExceptions } from "./tend-exceptions.ts";
import { print, printBeside, printJson, viewOf, wantsJson } from "./view.ts";

export const report: Command = {
  name: "report",
  summary: "scan, plan, and put the plan into a pull request whose merge approves it",
  usage: "evenkeel report [--dashboard] [--accounts A] [--policies P] [--format json]",
  about:
    "Scans and plans, then opens or updates one pull request per report group with the plan file on a branch of its own.\nAn unchanged plan pushes nothing. Merging the pull request is the approval; `apply` then makes exactly those calls.\nNeeds the environment of a GitHub Actions runner (GITHUB_REPOSITORY, GITHUB_API_URL, …) and a token.",
  example: "evenkeel report --policies s3_*",
  options: {
    ...CONFIG_OPTION,
    ...FORMAT_OPTION,
    ...CHOICE_OPTIONS,
    ...HUB_OPTIONS,
    verbose: { type: "boolean" },
    ...ALLOW_OPTION,
    dashboard: { type: "boolean" },
    "fail-on-findings": { type: "boolean" },
  },
  help: {
    ...SHARED_HELP,
    ...HUB_HELP,
    ...ALLOW_HELP,
    dashboard: "keep one issue with where things stand (issues: write)",
  },
  async run(input) {
    const { io } = input;
    // A name that is none is told before anything is asked.
    allowedBy(input, undefined);
    const hub = await openHub(input);
    let scanned = await runScan(input, true);
    const allowed = allowedBy(input, scanned.ready.config);
    const { journal, close } = await openJournal(input, "write", scanned.ready, hub);
    try {
      const contents = await journal.read();
      const narrowed = narrowing(["accounts", "regions", "policies"].map((name) => list(input, name)));
      const signing = openSigning(scanned.ready, io);
      const reverts = await answerReverts(hub, scanned.ready, io, contents.records, "report");
      for (const line of reverts.said) io.stderr.write(`${line}\n`);
      const { config } = scanned.ready;
      const scopes = reportScopes(scanned.ready, narrowed);
      const about = { config, scopes, notes: contents.notes, now: scanned.now };
      const snoozing = await noteClosedReports(hub, journal, about);
      const grace = await keepGrace(scanned, journal, contents.notes, hub.context.run);
      const hold = firstOf(postponedBy(snoozing.snoozes), await afterUndo(hub, scanned, contents.records, io));
      const postponed = firstOf(hold, waitingBy(grace));
      const signed = await plansToReport(hub, scanned, io, { signing, snoozing, narrowed, postponed, hold });
      const failures = signed.flatMap(({ failure }) => failure ?? []);
      for (const failure of failures) io.stderr.write(`${plain(failure, 1000)}\n`);
      const proposed = signed.map(({ plan }) => plan);
      const standing = await standingOf(scanned, io, proposed, contents.records);
      const published = await publishAll(hub, scanned, signed, { journal: contents, snoozing, standing, allowed });
      const tended = await tendExceptions(hub, scanned, { journal, contents, narrowed: narrowed !== "" });
      scanned = tended.scanned;
      const plans = published.map(toldPlan);
      const waiting = published.filter(({ result }) => result.action === "waiting");
      const waits = waitingWords(published);
      const strays = narrowed === "" ? strayReports(config, published, snoozing.open) : "";
      const infos = policyInfos(scanned.ready.policies);
      if (wantsJson(input)) printJson(io, { ...scanJson(scanned.result), reports: published.map(publishedJson) });
      else {
        print(io, findingsText(scanned.result, { ...viewOf(input), policies: infos }));
        for (const one of published) print(io, `\n${publishedWords(one)}`);
        if (waits !== "") print(io, `\n${waits}`);
      }
      for (const line of [...(strays === "" ? [] : [strays]), ...tended.said]) printBeside(input, line);
      const told = [waits, strays].filter((words) => words !== "");
      const notes = [...told.map((words) => `**${inline(words, 1_000)}.**\n`), ...tended.trouble];
      if (flag(input, "dashboard")) {
        const approved = await approvedPlans(hub, published, contents.records);
        const { said, trouble } = await writeDashboard(hub, scanned, {
          reports: published.map((one) => stateOf(one, approved.get(one.plan.header.scope))),
          snoozes: snoozing.snoozes,
          grace,
          standing,
          narrowed: narrowed !== "",
        });
        printBeside(input, said, "\n");
        if (trouble) notes.push(`**${inline(said, 1_000)}**\n`);
      }
      const graceTold = await tellGrace(hub, { grace, journal, now: scanned.now, dashboard: flag(input, "dashboard") });
      if (graceTold.said !== "") printBeside(input, graceTold.said, "\n");
      if (graceTold.summary !== "") notes.push(graceTold.summary);
      const pulls = published.flatMap(({ result }) => result.pullRequest ?? []);
      const frozen = published.some(({ result }) => result.frozen !== undefined);
      const failing = flag(input, "fail-on-findings") && anyUnexcepted(scanned.result.findings);
      return {
        exit: failing
          ? 1
          : scanned.result.coverage.complete && !frozen && failures.length === 0 && !reverts.trouble
            ? 0
            : 3,
        outputs: {
          ...scanOutputs(scanned.result),
          ...planOutputs(
            plans,
            published.map(({ place }) => place.path),
          ),
          pull_request: pulls.map(({ number }) => number).join(" "),
          pull_request_url: pulls.map(({ url }) => url).join(" "),
          reports_waiting: waiting.length,
          items_waiting: published.reduce((sum, { result }) => sum + (result.later?.items.length ?? 0), 0),
        },
        summary: [...plans.map((plan) => planSummary(plan, scanned.result, infos)), ...notes].join("\n"),
        annotations: findingAnnotations(scanned),
      };
    } finally {
      await close();
    }
  },
};
