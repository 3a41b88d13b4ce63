/** What the stand-in remembers: plain objects, one `Repository` per repository, changed only by routes and story helpers. */
import type { components } from "@octokit/openapi-types";
import type { GitObjects } from "./git-objects.ts";

export type Schemas = components["schemas"];
export type Level = "read" | "write";
/** The scopes of a token, named as in a workflow's `permissions:` (with underscores, as the API names them). */
export type Scope =
  | "contents"
  | "pull_requests"
  | "issues"
  | "checks"
  | "statuses"
  | "actions"
  | "administration"
  | "variables"
  | "metadata";
export type Role = "admin" | "maintain" | "write" | "triage" | "read";

export interface Account {
  readonly login: string;
  readonly id: number;
  readonly type: "User" | "Bot" | "Organization";
}
/** Who a token speaks for. Without `permissions` a bot may do everything; a user is limited by the role in the repository. */
export interface Actor extends Account {
  readonly permissions?: Partial<Record<Scope, Level>>;
  readonly app?: { readonly id: number; readonly slug: string; readonly name: string };
}

export interface Comment {
  readonly id: number;
  readonly user: Actor;
  body: string;
  readonly createdAt: string;
  updatedAt: string;
  readonly reactions: { id: number; user: Actor; content: string }[];
}
export interface Review {
  readonly id: number;
  readonly user: Actor;
  state: "APPROVED" | "CHANGES_REQUESTED" | "COMMENTED" | "DISMISSED" | "PENDING";
  body: string;
  readonly commitId: string;
  readonly submittedAt: string;
  readonly comments: { id: number; path: string; body: string; line?: number }[];
}
/** An issue; with `pull` a pull request. GitHub numbers both in one row and keeps title, labels and comments the same way. */
export interface Thread {
  readonly id: number;
  readonly number: number;
  readonly user: Actor;
  title: string;
  body: string | null;
  state: "open" | "closed";
  stateReason: "completed" | "not_planned" | "reopened" | "duplicate" | null;
  labels: string[];
  assignees: string[];
  readonly comments: Comment[];
  readonly createdAt: string;
  updatedAt: string;
  closedAt: string | null;
  closedBy: Actor | null;
  readonly pull?: Pull;
}
export interface Pull {
  readonly head: string;
  base: string;
  /** Follow the branches while the pull request is open and stay when it is closed. */
  headSha: string;
  baseSha: string;
  draft: boolean;
  merged: { at: string; by: Actor; sha: string } | null;
  readonly reviews: Review[];
  requestedReviewers: string[];
  /** Head and base for which a reader has already been told the mergeability; see `mergeability: "background"`. */
  mergeabilityTold: string;
}
export interface CheckRun {
  readonly id: number;
  readonly suite: number;
  readonly actor: Actor;
  name: string;
  readonly headSha: string;
  status: "queued" | "in_progress" | "completed";
  conclusion: Schemas["check-run"]["conclusion"];
  detailsUrl: string | null;
  externalId: string | null;
  startedAt: string;
  completedAt: string | null;
  title: string | null;
  summary: string | null;
  text: string | null;
  readonly annotations: Schemas["check-annotation"][];
}
export interface CommitStatus {
  readonly id: number;
  readonly sha: string;
  readonly user: Actor;
  readonly state: "error" | "failure" | "pending" | "success";
  readonly context: string;
  readonly description: string | null;
  readonly targetUrl: string | null;
  readonly createdAt: string;
}
/** Classic branch protection, in the few words a test wants to say. */
export interface Protection {
  readonly approvals?: number;
  readonly dismissStale?: boolean;
  readonly codeOwners?: boolean;
  readonly lastPushApproval?: boolean;
  /** Names of required checks; `app` pins the source. */
  readonly checks?: readonly { readonly context: string; readonly app?: number }[];
  /** The head must contain the tip of the base. */
  readonly strict?: boolean;
  readonly enforceAdmins?: boolean;
  readonly allowForcePushes?: boolean;
  readonly allowDeletions?: boolean;
}
/** A ruleset with GitHub's own rules: `{ type: "pull_request", parameters: { … } }`. */
export interface Ruleset {
  readonly id: number;
  readonly name: string;
  readonly enforcement: "active" | "disabled" | "evaluate";
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  readonly rules: readonly Schemas["repository-rule"][];
  readonly bypassActors: readonly Schemas["repository-ruleset-bypass-actor"][];
  readonly createdAt: string;
}
export interface Environment {
  readonly id: number;
  readonly name: string;
  readonly reviewers: readonly string[];
  readonly preventSelfReview: boolean;
  readonly canAdminsBypass: boolean;
  readonly waitTimer: number;
  /** Branch patterns, "protected" for protected branches only, null for every branch. */
  readonly branches: readonly string[] | "protected" | null;
}

export interface WorkflowRun {
  readonly status: "queued" | "in_progress" | "completed";
  readonly attempt: number;
}

export interface Repository {
  readonly id: number;
  readonly owner: Account;
  readonly name: string;
  readonly fullName: string;
  readonly private: boolean;
  readonly defaultBranch: string;
  readonly createdAt: string;
  mergeMethods: { merge: boolean; squash: boolean; rebase: boolean };
  deleteBranchOnMerge: boolean;
  workflowPermissions: { default: "read" | "write"; canApprove: boolean };
  readonly objects: GitObjects;
  /** Full names, `refs/heads/main`. */
  readonly refs: Map<string, string>;
  /** Who pushed a ref last, for "approval of the most recent push". */
  readonly pushers: Map<string, string>;
  readonly threads: Map<number, Thread>;
  readonly labels: Map<string, { id: number; name: string; color: string; description: string | null }>;
  readonly checks: CheckRun[];
  readonly statuses: CommitStatus[];
  readonly protections: Map<string, Protection>;
  readonly rulesets: Ruleset[];
  readonly collaborators: Map<string, Role>;
  readonly environments: Map<string, Environment>;
  readonly variables: Map<string, string>;
  /** Runs of workflows that a test told of, by their number. */
  readonly workflowRuns: Map<number, WorkflowRun>;
  readonly dispatches: { event: string; ref: string; payload: unknown; actor: string; at: string }[];
}

export interface World {
  /** Base of every address in an answer, without a slash at its end. */
  origin: string;
  /** "background": as on GitHub, the first read after a push says `mergeable: null`. */
  readonly mergeability: "immediate" | "background";
  /** Whether the commits that GitHub itself makes are signed. */
  readonly signs: boolean;
  readonly accounts: Map<string, Account>;
  readonly actors: Map<string, Actor>;
  readonly repositories: Map<string, Repository>;
  /** The time as GitHub prints it: ISO 8601, whole seconds, Z. */
  now(): string;
  nextId(): number;
}
