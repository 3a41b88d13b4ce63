import type { Problem } from "../errors.ts";
import type { TestResult } from "../plan/policy-test.ts";
import type { PolicyInfos } from "../report/options.ts";
import type { Mode } from "../types/catalogue.ts";
import type { Coverage } from "../types/scan.ts";
import type { FileChange } from "./changes.ts";
import type { Comparison } from "./compare.ts";
import type { ConfigChange, PolicyChange } from "./diff.ts";
import type { NewRemediation, PlanComparison } from "./plans.ts";

/** What the accounts say of a change; absent where AWS was not asked. */
export interface Observed {
  readonly comparisons: readonly Comparison[];
  readonly plan: PlanComparison;
  /** Undefined for a side on which nothing runs. */
  readonly base: Coverage | undefined;
  readonly head: Coverage | undefined;
}

/** What a pull request would change, whole; every output is a rendering of it. */
export interface Preview {
  /** Of the head's files, with the paths that the pull request shows. */
  readonly problems: readonly Problem[];
  readonly tests: readonly TestResult[];
  readonly files: readonly FileChange[];
  readonly policies: readonly PolicyChange[];
  readonly config: ConfigChange;
  readonly remediations: readonly NewRemediation[];
  /** Titles and modes of the head's policies, and of those only the base has. */
  readonly infos: PolicyInfos;
  /** The head's modes, by `runKey`. */
  readonly modes: ReadonlyMap<string, Mode>;
  /** The head's graces (`14d`), by `runKey`, where there are any. */
  readonly graces?: ReadonlyMap<string, string>;
  /** Why the base is not compared with, in words; undefined where it is. */
  readonly baseless: string | undefined;
  /** The commits, where there are any: which push this is about. */
  readonly compared: { readonly base: string; readonly head: string } | undefined;
  /** What a reader should know about how this was found out; sentences. */
  readonly notes: readonly string[];
  readonly observed: Observed | undefined;
  /** Why AWS was not asked, in words; undefined where it was. */
  readonly unobserved: string | undefined;
}

/** Numbers that title, outputs and conclusion share. Those of resources are 0 where AWS was not asked. */
export interface Totals {
  readonly policies: number;
  readonly newlyFailing: number;
  readonly noLongerFailing: number;
  /** Pairs of policy and resource. */
  readonly lost: number;
  readonly newlyChecked: number;
}

export function totalsOf({ policies, observed }: Preview): Totals {
  const sum = (of: (comparison: Comparison) => number): number =>
    (observed?.comparisons ?? []).reduce((total, one) => total + of(one), 0);
  return {
    policies: policies.length,
    newlyFailing: sum((one) => one.newlyFailing.length),
    noLongerFailing: sum((one) => one.noLongerFailing.length),
    lost: sum((one) => one.lost.length),
    newlyChecked: sum((one) => one.newlyChecked.length),
  };
}

/** Coverage that the files alone show to be lost, in words; a policy that is gone is said even where it judged no resource. */
export function declaredLosses({ policies, config }: Preview): string[] {
  const words: string[] = [];
  for (const { policy, kind, accountsLost, modeLowered } of policies) {
    if (kind === "removed") words.push(`${policy} does not run any more (it ran in ${accounts(accountsLost.length)})`);
    else if (accountsLost.length > 0)
      words.push(`${policy} leaves ${accounts(accountsLost.length)}: ${some(accountsLost)}`);
    if (modeLowered.length > 0) words.push(`${policy} goes down in mode in ${accounts(modeLowered.length)}`);
  }
  if (config.accountsLost.length > 0) words.push(`taken out of the configuration: ${some(config.accountsLost)}`);
  if (config.regionsLost.length > 0) words.push(`regions taken out: ${some(config.regionsLost)}`);
  return words;
}

function accounts(number: number): string {
  return number === 1 ? "1 account" : `${number} accounts`;
}

function some(names: readonly string[]): string {
  return names.length <= 5 ? names.join(", ") : `${names.slice(0, 5).join(", ")} and ${names.length - 5} more`;
}

export interface Verdict {
  readonly conclusion: "success" | "failure" | "neutral";
  readonly exit: 0 | 1 | 2 | 3;
  /** Each reason for anything but success, the gravest first. */
  readonly reasons: readonly string[];
}

/** What the check says, and how the command ends. */
export function verdictOf(preview: Preview, options: { readonly failOnCoverageLoss: boolean }): Verdict {
  const { problems, tests, observed } = preview;
  const failed = tests.filter(({ failure }) => failure !== undefined).length;
  const violations = observed?.plan.violations ?? [];
  const lost = totalsOf(preview).lost > 0 || declaredLosses(preview).length > 0;
  const incomplete = [observed?.base, observed?.head].some((coverage) => coverage?.complete === false);
  const reasons: string[] = [];
  if (problems.length > 0)
    reasons.push(`${problems.length === 1 ? "1 problem" : `${problems.length} problems`} in the files`);
  for (const { guard, base, head, needs } of violations) {
    reasons.push(
      `guard ${guard} is raised from ${base} to ${head} and used at once: ${base} would hold back ${needs} of the planned fixes; raise it in a pull request of its own`,
    );
  }
  if (failed > 0) reasons.push(`${failed === 1 ? "1 policy test fails" : `${failed} policy tests fail`}`);
  if (lost) reasons.push("coverage is lost");
  if (incomplete) reasons.push("something could not be read");
  const refused = problems.length > 0 || violations.length > 0;
  const failure = refused || failed > 0 || (lost && options.failOnCoverageLoss);
  return {
    conclusion: failure ? "failure" : lost || incomplete ? "neutral" : "success",
    exit: refused ? 2 : failure ? 1 : incomplete ? 3 : 0,
    reasons,
  };
}
