import type { Known } from "./facts.ts";

/**
 * Each check with its group, what it asks for, and why. `security`: what has to hold for a merge to mean that somebody else approved these very
 * calls, and for nobody else to reach the role that writes. `operation`: what has to hold for it to work.
 */
export const CHECKS = {
  "repository-private": [
    "security",
    "the repository is private",
    "plans name accounts, resources and their weaknesses for everyone who can read the repository",
  ],
  "branch-pull-request": [
    "security",
    "the default branch changes by pull request only",
    "a merge is the approval: whoever may push to the default branch approves their own plan",
  ],
  "branch-approvals": [
    "security",
    "a pull request needs one approval or more",
    "without it the person who presses the button is the only one who has looked",
  ],
  "branch-code-owners": [
    "security",
    "code owners must approve what they own",
    "otherwise anyone who may write can approve policies, exceptions and plans",
  ],
  "branch-stale-approvals": [
    "security",
    "a push takes back approvals",
    "otherwise what was approved need not be what is merged",
  ],
  "branch-last-push": [
    "security",
    "the last push is approved by somebody else",
    "otherwise an approver can push to the pull request afterwards and merge it",
  ],
  "branch-force-push": [
    "security",
    "the default branch cannot be force-pushed",
    "rewritten history hides what was approved, and by whom",
  ],
  "branch-deletion": [
    "security",
    "the default branch cannot be deleted",
    "a branch that is made anew holds whatever its maker likes",
  ],
  "branch-required-check": [
    "security",
    "a check must pass before a merge",
    "otherwise a policy that is wrong, or checks less than before, can be merged unseen",
  ],
  "branch-bypass": [
    "security",
    "nobody bypasses these rules",
    "whoever bypasses them approves alone, and nobody sees it",
  ],
  "code-owners": [
    "security",
    "CODEOWNERS covers policies, exceptions, plans, workflows and the configuration",
    "code-owner review asks for nothing where nobody owns the file",
  ],
  "actions-approve": [
    "security",
    "Actions cannot approve pull requests",
    "a workflow on any branch could approve its own pull request",
  ],
  "environment-exists": [
    "security",
    "there is an environment for the role that writes",
    "an environment that a workflow names and that is not there is made by GitHub, without any rule",
  ],
  "environment-branches": [
    "security",
    "only the default branch may use that environment",
    "otherwise a workflow on any branch gets the role that writes",
  ],
  "environment-admins": [
    "security",
    "administrators cannot bypass that environment's rules",
    "otherwise one person can run an unapproved job with the role that writes",
  ],
  "environment-jobs": [
    "security",
    "only jobs that apply plans use that environment",
    "every step of a job in it can reach the role that writes",
  ],
  "workflow-triggers": [
    "security",
    "what can write starts by itself, by a merge or by hand, never by what strangers send",
    "comments, forks and other workflows would choose what runs with its rights",
  ],
  "workflow-pull-request-target": [
    "security",
    "no workflow runs on pull_request_target",
    "it runs with the repository's rights on what a stranger's pull request says",
  ],
  "workflow-permissions": [
    "security",
    "jobs that run Evenkeel hold the rights they need, and no more",
    "a right that is not needed is there for whoever takes over a step",
  ],
  "workflow-pins": [
    "security",
    "actions beside AWS credentials are pinned to a commit",
    "tags are moved by whoever takes over an action's repository; a commit is not",
  ],
  "roles-distinct": ["security", "reading and remediating are two roles", "a role for both lets every scan write"],
  "roles-external-ids": [
    "security",
    "each role has an ExternalId of its own",
    "without it, whoever else may call from the hub account can take the role (confused deputy)",
  ],
  configuration: ["operation", "the configuration and the policies are valid", "nothing runs before they are"],
  "workflow-report": ["operation", "a workflow runs `report` on a schedule", "without it nothing is found"],
  "workflow-preview": [
    "operation",
    "a workflow checks pull requests",
    "without it a wrong policy is found out only once it is merged",
  ],
  "workflow-apply": [
    "operation",
    "a workflow runs `apply` on merge and on a schedule",
    "without the first a merge does nothing; without the second a lost run is never made up for",
  ],
  "workflow-default-permissions": [
    "operation",
    "workflows that do not say otherwise may only read",
    "a workflow without `permissions` could push to the branches of reports and of the journal",
  ],
  "journal-branch": [
    "operation",
    "the journal's branch cannot be force-pushed or deleted",
    "undo, and the finishing of cut-off runs, are made from it",
  ],
  "github-app": [
    "operation",
    "reports are made with the token of a GitHub App",
    "pull requests of the job's own token start no checks, and need the setting that also lets Actions approve",
  ],
  "token-reads": ["operation", "the token can read every setting", "what cannot be read is not known to be right"],
  "node-version": ["operation", "Node.js is 24 or newer", "older versions get no tests"],
} as const satisfies Readonly<Record<string, readonly ["security" | "operation", string, string]>>;

export type CheckId = keyof typeof CHECKS;

export interface Check {
  readonly id: CheckId;
  readonly group: "security" | "operation";
  readonly status: "ok" | "wrong" | "unknown";
  readonly title: string;
  /** What is there; of an unknown one, why it could not be read. May hold names that others chose. */
  readonly found: string;
  readonly why: string;
  /** Which setting, and where; empty where all is well. */
  readonly mend: string;
}

export function isCheckId(id: string): id is CheckId {
  return Object.hasOwn(CHECKS, id);
}

export const checkIds: readonly CheckId[] = Object.keys(CHECKS).filter(isCheckId);

export const ok = (id: CheckId, found: string): Check => made(id, "ok", found, "");
export const wrong = (id: CheckId, found: string, mend: string): Check => made(id, "wrong", found, mend);

/** `mend` is the permission that would let it be read. */
export function unknown(id: CheckId, { because, needs }: { readonly because: string; readonly needs: string }): Check {
  return made(id, "unknown", `could not be read: ${because}`, `give doctor a token with ${needs}`);
}

/** Judges what was read; what was not is unknown. */
export function judge<T>(id: CheckId, fact: Known<T>, verdict: (value: T) => Check): Check {
  return fact.known ? verdict(fact.value) : unknown(id, fact);
}

function made(id: CheckId, status: Check["status"], found: string, mend: string): Check {
  const [group, title, why] = CHECKS[id];
  return { id, group, status, title, found, why, mend };
}
