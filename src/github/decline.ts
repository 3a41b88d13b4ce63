import { keptConfirmations } from "../plan/confirm.ts";
import { planDigest, writePlan } from "../plan/file.ts";
import { plain } from "../text/plain.ts";
import type { Plan, PlanItem } from "../types/plan.ts";
import type { GitHub } from "./client.ts";
import { GitHubError } from "./errors.ts";
import { branchTip, findTip, makeCommit, pointBranch, readText, type Tip } from "./git.ts";
import { type BranchState, readReportBranch, reportMessage, tryPlan } from "./report-branch.ts";
import { checkReport } from "./report-check.ts";

/** A report's place in the repository, as its pull request and the configuration name it. */
export interface ReportPlace {
  readonly base: string;
  readonly branch: string;
  /** The plan file. */
  readonly path: string;
}

/** A report branch that a command may act on. */
export interface OpenReport {
  readonly tip: Tip;
  readonly text: string;
  readonly plan: Plan;
  readonly declined: BranchState["declined"];
  /** The branch's head is a commit of ours. */
  readonly ours: boolean;
}

export type Declined =
  | { readonly done: true; readonly items: readonly string[]; readonly pushed: boolean; readonly left: number }
  | { readonly done: false; readonly why: string };

/** Others push to the branch too: a report's run, or a second comment. */
const TRIES = 3;

/** The report that stands on the branch, or why there is none to act on, in plain words. Errors: UsageError (base), GitHubError. */
export async function openReport(github: GitHub, place: ReportPlace): Promise<OpenReport | { readonly why: string }> {
  const [base, tip] = [await branchTip(github, place.base), await findTip(github, place.branch)];
  if (tip === undefined) return { why: "the report's branch is gone" };
  const state = await readReportBranch(github, tip.sha, base.sha, place.path);
  if (state.frozen !== undefined) return { why: `this branch is no report of Evenkeel any more: ${state.frozen}` };
  const text = state.plan === undefined ? undefined : await readText(github, place.path, tip.sha);
  const plan = tryPlan(place.path, text);
  if (text === undefined || plan === undefined) return { why: "the branch holds no plan that can be read" };
  return { tip, text, plan, declined: state.declined, ours: state.ours };
}

/**
 * Takes items' lines out of the plan on a report branch, in a commit of our own: the reviewer who asked for it wrote no line, and may still approve
 * the rest. All that are named, or none. Items that are out already count as done. Never forced: what others pushed meanwhile is read again.
 * Errors: UsageError (base), GitHubError.
 */
export async function declineItems(github: GitHub, place: ReportPlace, wanted: readonly string[]): Promise<Declined> {
  return takingOut(github, place, "rejected", (report) => itemsOffered(report, wanted));
}

/**
 * Takes lines out of the plan as `declineItems` does, but leaves it to the journal to remember that: once nothing in it puts the items off any more, the
 * next report has them again. `items`: whole IDs; those that do not stand there are out already. Errors: as `declineItems`.
 */
export async function takeOutSnoozed(github: GitHub, place: ReportPlace, items: readonly string[]): Promise<Declined> {
  return takingOut(github, place, "snoozed", () => ({ items }));
}

/** The IDs that people's words name: items of the report, also those that are out by now. All of them, or what is wrong. */
export function itemsOffered(
  { plan, declined }: Pick<OpenReport, "plan" | "declined">,
  wanted: readonly string[],
): { readonly items: readonly string[] } | { readonly why: string } {
  return idsNamed(wanted, [...plan.items.map(({ id }) => id), ...declined], "this plan has no item");
}

/** The IDs among `known` that words name, each whole or by its beginning; or what is wrong, with `missing` before a word that names none. */
export function idsNamed(
  wanted: readonly string[],
  known: readonly string[],
  missing: string,
): { readonly items: readonly string[] } | { readonly why: string } {
  const all = [...new Set(known)];
  const found = wanted.map((start) => oneOf(start, all, { idOf: (id) => id, missing }));
  const wrong = found.flatMap((one) => (one.found === undefined ? [one.why] : []));
  if (wrong.length > 0) return { why: wrong.join("; ") };
  return { items: [...new Set(found.flatMap((one) => (one.found === undefined ? [] : [one.found])))].sort() };
}

async function takingOut(
  github: GitHub,
  place: ReportPlace,
  how: "rejected" | "snoozed",
  choose: (report: OpenReport) => { readonly items: readonly string[] } | { readonly why: string },
): Promise<Declined> {
  for (let attempt = 1; ; attempt++) {
    const report = await openReport(github, place);
    if ("why" in report) return { done: false, why: report.why };
    const chosen = choose(report);
    if ("why" in chosen) return { done: false, why: chosen.why };
    const out = new Set(chosen.items);
    const left = report.plan.items.filter(({ id }) => !out.has(id));
    const result = { done: true as const, items: [...out].sort(), left: left.length };
    if (left.length === report.plan.items.length) {
      // The job may have been killed right after its push.
      if (report.ours) await checkReport(github, report.tip.sha, { fresh: false });
      return { ...result, pushed: false };
    }
    try {
      const sha = await pushWithout(github, place, report, { out, how });
      await checkReport(github, sha, { fresh: true });
      return { ...result, pushed: true };
    } catch (error) {
      if (!(error instanceof GitHubError && error.kind === "conflict") || attempt === TRIES) throw error;
    }
  }
}

interface Out {
  readonly out: ReadonlySet<string>;
  readonly how: "rejected" | "snoozed";
}

/** The trailers name everything that was declined, also what people took out before: the branch's next reader looks at our last commit only. */
async function pushWithout(github: GitHub, place: ReportPlace, report: OpenReport, { out, how }: Out): Promise<string> {
  const { plan, tip } = report;
  const declined = how === "rejected" ? [...report.declined, ...out] : [...report.declined];
  const items = plan.items.filter(({ id }) => !out.has(id));
  const gone = plan.items.length - items.length;
  const sha = await makeCommit(github, {
    baseTree: tip.tree,
    parents: [tip.sha],
    files: { [place.path]: writePlan({ header: plan.header, items, confirmed: keptConfirmations(plan, items) }) },
    // No words of the comment: in a commit they could close issues, or pass for trailers.
    message: reportMessage(
      `Evenkeel: ${gone} ${gone === 1 ? "item" : "items"} ${how} by comment`,
      planDigest(plan.header),
      [...new Set(declined)].sort(),
    ),
  });
  await pointBranch(github, place.branch, sha, "forward");
  return sha;
}

/** The item of a plan that an ID, or the beginning of one, names. */
export function itemNamed(plan: Plan, start: string) {
  return oneOf<PlanItem>(start, plan.items, { idOf: ({ id }) => id, missing: "this plan has no item" });
}

interface Naming<T> {
  readonly idOf: (one: T) => string;
  readonly missing: string;
}

function oneOf<T>(start: string, all: readonly T[], { idOf, missing }: Naming<T>) {
  const [found, second] = all.filter((one) => idOf(one).startsWith(start));
  if (found === undefined) return { found, why: `${missing} ${plain(start, 40)}` };
  if (second !== undefined)
    return { found: undefined, why: `${plain(start, 40)} names more than one item; write more of its ID` };
  return { found, why: "" };
}
