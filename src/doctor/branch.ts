import { type Check, type CheckId, ok, unknown, wrong } from "./check.ts";
import type { BranchFacts, Protector } from "./facts.ts";

/** What the default branch asks of a change. Classic protection and rulesets add up: each demand has to stand in one of them. */
export function branchChecks(facts: BranchFacts): Check[] {
  return [...DEMANDS.map((demand) => demandCheck(facts, demand)), bypassCheck(facts)];
}

interface Demand {
  readonly id: CheckId;
  readonly holds: (protector: Protector) => boolean;
  readonly found: string;
  readonly missing: string;
  /** Name of the setting in a ruleset. */
  readonly setting: string;
}

const DEMANDS: readonly Demand[] = [
  {
    id: "branch-pull-request",
    holds: ({ pullRequest }) => pullRequest !== undefined,
    found: "pull requests are required",
    missing: "changes may be pushed without a pull request",
    setting: "Require a pull request before merging",
  },
  {
    id: "branch-approvals",
    holds: ({ pullRequest }) => (pullRequest?.approvals ?? 0) >= 1,
    found: "an approval is required",
    missing: "no approval is required",
    setting: "Required approvals: 1 or more",
  },
  {
    id: "branch-code-owners",
    holds: ({ pullRequest }) => pullRequest?.codeOwners === true,
    found: "review by code owners is required",
    missing: "no review by code owners is required",
    setting: "Require review from Code Owners",
  },
  {
    id: "branch-stale-approvals",
    holds: ({ pullRequest }) => pullRequest?.dismissStale === true,
    found: "a push dismisses approvals",
    missing: "approvals outlive a push",
    setting: "Dismiss stale pull request approvals when new commits are pushed",
  },
  {
    id: "branch-last-push",
    holds: ({ pullRequest }) => pullRequest?.lastPush === true,
    found: "the last push needs approval by somebody else",
    missing: "the last pusher's own approval is enough",
    setting: "Require approval of the most recent reviewable push",
  },
  {
    id: "branch-force-push",
    holds: ({ noForcePush }) => noForcePush,
    found: "force pushes are blocked",
    missing: "force pushes are allowed",
    setting: "Block force pushes",
  },
  {
    id: "branch-deletion",
    holds: ({ noDeletion }) => noDeletion,
    found: "deletion is blocked",
    missing: "the branch may be deleted",
    setting: "Restrict deletions",
  },
  {
    id: "branch-required-check",
    holds: ({ checks }) => checks.length > 0,
    found: "checks are required",
    missing: "no check is required",
    setting: "Require status checks to pass, with the check of your preview workflow",
  },
];

function demandCheck(facts: BranchFacts, { id, holds, found, missing, setting }: Demand): Check {
  const by = facts.protectors.filter(holds);
  if (by.length > 0) return ok(id, `${found} (${namesOf(by)})${id === "branch-required-check" ? checkWords(by) : ""}`);
  // Protection that nobody could look into may ask for it.
  const [unread] = facts.unread;
  if (unread !== undefined) return unknown(id, { ...unread, because: `${unread.name}: ${unread.because}` });
  return wrong(id, `${missing} on ${facts.branch}`, `${where(facts.branch)}: ${setting}${plan(facts)}`);
}

/** A setting that is not there cannot be turned on. */
function plan({ notOffered }: BranchFacts): string {
  return notOffered === true
    ? "; GitHub does not offer this to private repositories in the present plan (Free): upgrade the plan, or allow the check by name"
    : "";
}

/** What must hold for everybody. */
const CORE: readonly [string, (protector: Protector) => boolean][] = [
  ["pull requests", ({ pullRequest }) => pullRequest !== undefined],
  ["approvals", ({ pullRequest }) => (pullRequest?.approvals ?? 0) >= 1],
  ["force pushes", ({ noForcePush }) => noForcePush],
  ["deletion", ({ noDeletion }) => noDeletion],
];

/** A demand that one ruleset makes of everybody may be bypassed in another one: what counts is that one is left for each. */
function bypassCheck(facts: BranchFacts): Check {
  const id = "branch-bypass";
  const open = CORE.filter(([, holds]) => !facts.protectors.some((one) => holds(one) && strict(one)));
  if (open.length === 0) return ok(id, "what is required holds for everybody");
  // What nobody asks for is its own check's business; here it is who need not do what is asked.
  const asked = open.filter(([, holds]) => facts.protectors.some(holds));
  const unread = [
    ...facts.unread,
    ...facts.protectors.flatMap(({ name, bypass }) => (bypass.known ? [] : [{ ...bypass, name }])),
  ];
  const [first] = unread;
  if (first !== undefined) return unknown(id, { ...first, because: `${first.name}: ${first.because}` });
  if (asked.length === 0) {
    return wrong(
      id,
      `nothing protects ${facts.branch} that anybody would have to bypass`,
      `${where(facts.branch)}${plan(facts)}`,
    );
  }
  const who = facts.protectors.flatMap(({ name, bypass }) =>
    bypass.known && bypass.value.length > 0 ? [`${bypass.value.join(", ")} (${name})`] : [],
  );
  return wrong(
    id,
    `the rules on ${asked.map(([what]) => what).join(", ")} do not hold for ${who.join("; ")}`,
    `${where(facts.branch)}: empty the bypass list (branch protection: turn on "Do not allow bypassing the above settings")`,
  );
}

function strict({ bypass }: Protector): boolean {
  return bypass.known && bypass.value.length === 0;
}

/**
 * Whether a merge into the branch needs an approving review. What could not be read counts as yes: it decides how strict we are with approvals
 * (`verifyApproval`'s `mode`), and the stricter way is safe.
 */
export function requiresReviews(facts: BranchFacts): boolean {
  return facts.unread.length > 0 || facts.protectors.some(({ pullRequest }) => (pullRequest?.approvals ?? 0) >= 1);
}

/** Operation: the journal is only ever added to. */
export function journalCheck(facts: BranchFacts): Check {
  const id = "journal-branch";
  const [force, deletion] = [
    facts.protectors.some((one) => one.noForcePush),
    facts.protectors.some((one) => one.noDeletion),
  ];
  if (force && deletion) return ok(id, `${facts.branch} can neither be force-pushed nor deleted`);
  const [unread] = facts.unread;
  if (unread !== undefined) return unknown(id, { ...unread, because: `${unread.name}: ${unread.because}` });
  return wrong(
    id,
    `${facts.branch} ${force ? "may be deleted" : deletion ? "may be force-pushed" : "may be force-pushed and deleted"}`,
    `${where(facts.branch)}: Block force pushes and Restrict deletions; do not require pull requests there`,
  );
}

function where(branch: string): string {
  return `Settings > Rules > Rulesets, a branch ruleset over ${branch}`;
}

function namesOf(protectors: readonly Protector[]): string {
  return protectors.map(({ name }) => name).join(", ");
}

function checkWords(protectors: readonly Protector[]): string {
  const checks = protectors.flatMap((one) => one.checks);
  const loose = checks.filter(({ pinned }) => !pinned).map(({ name }) => name);
  const named = checks.map(({ name }) => name).join(", ");
  return loose.length === 0 ? `: ${named}` : `: ${named}; any app may report ${loose.join(", ")}`;
}
