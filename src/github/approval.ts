import { plain } from "../text/plain.ts";
import { type Authors, authorsOf } from "./approval-authors.ts";
import type { Account, GitHub } from "./client.ts";
import { absent } from "./errors.ts";
import type { Origin } from "./provenance.ts";
import { latestVotes, type Vote } from "./votes.ts";

/** Why a merged plan does not count as approved: a closed list. */
export const APPROVAL_REASONS = [
  "no_pull_request",
  "not_merged",
  "other_branch",
  "other_content",
  "too_long",
  "changes_requested",
  "no_approval",
  "merged_by_only",
  "stale_approval",
  "approver_is_bot",
  "approver_is_author",
  "approver_lacks_permission",
  "unknown_author",
] as const;
export type ApprovalReason = (typeof APPROVAL_REASONS)[number];

/** What counts as approval: a review by somebody else, or, where nothing asks for one, also the merge itself. */
export type ApprovalMode = "review" | "merge";

export type Approval =
  | {
      readonly approved: true;
      /** Logins of the people whose approval counts, sorted. */
      readonly by: readonly string[];
      /** What the approval rests on, in words. */
      readonly tier: string;
      /** The commit of Evenkeel's that brought the plan; undefined where GitHub signed none. */
      readonly origin: Origin | undefined;
    }
  | { readonly approved: false; readonly reason: ApprovalReason; readonly words: string; readonly next: string };

export interface ToVerify {
  /** Number of the pull request that brought the plan; undefined where none was found. */
  readonly pull: number | undefined;
  /** The plan file. */
  readonly path: string;
  /** A commit of the default branch at which the file is as it is to be applied. */
  readonly sha: string;
  /** Git's name for its content there, where that is known; else it is asked for. */
  readonly blob?: string;
  readonly mode: ApprovalMode;
}

const PAGE = 100;
const FILE_PAGES = 3;
/** So many reviewers are asked about; one is enough. */
const REVIEWERS = 10;

/**
 * Whether the very bytes that are to be applied were approved by a person who may write and did not write them. Asks GitHub again each time, because
 * branch rules may have been weaker when it was merged. At most about 25 calls. Errors: GitHubError (what could not be asked is not approved).
 */
export async function verifyApproval(github: GitHub, asked: ToVerify): Promise<Approval> {
  const { pull, path, sha, blob, mode } = asked;
  const none = () =>
    refuse(
      "no_pull_request",
      `${path} did not come by a pull request`,
      "merge it by a pull request, so that somebody can approve it",
    );
  if (pull === undefined) return none();
  const found = await absent(github.rest.pulls.get({ ...github.here, pull_number: pull }));
  if (found === undefined) return none();
  const { data } = found;
  const { defaultBranch } = await github.about();
  if (!data.merged) return refuse("not_merged", `pull request ${pull} is not merged`, "merge it, or close it");
  if (data.base.ref !== defaultBranch) {
    const words = `pull request ${pull} was merged into ${plain(data.base.ref, 100)}, not ${defaultBranch}`;
    return refuse("other_branch", words, ANEW);
  }
  const [reviewed, standing] = [await blobInPull(github, pull, path), blob ?? (await blobAt(github, path, sha))];
  if (reviewed === undefined || reviewed !== standing) {
    const what =
      reviewed === undefined ? `does not bring ${path}` : `showed ${path} with other content than it has now`;
    return refuse("other_content", `pull request ${pull} ${what}`, ANEW);
  }
  const { commits, user, merged_by: merger, head } = data;
  const authors = await authorsOf(github, { number: pull, commits, user });
  const isOurs = await github.me();
  const votes = await latestVotes(github, pull);
  if (authors === undefined || votes === undefined) {
    const words = `pull request ${pull} has more ${authors === undefined ? "commits" : "reviews"} than can be looked through`;
    return refuse("too_long", words, ANEW);
  }
  const ours = authors.ours;
  const origin = ours === undefined ? undefined : { commit: ours.sha, by: ours.login, last: ours.sha === head.sha };
  const voters = { github, isOurs, head: head.sha, authors, roles: new Map<string, boolean>() };
  const against = await blockedBy(voters, votes);
  if (against !== undefined) {
    return refuse(
      "changes_requested",
      `${against} requested changes and has not approved since`,
      `settle it with ${against}, then approve the next report`,
    );
  }
  const judged: Judged[] = [];
  for (const vote of votes.filter(({ state }) => state === "APPROVED").slice(0, REVIEWERS))
    judged.push(await judgeVote(voters, vote));
  const good = judged.flatMap(({ login, fault }) => (fault === undefined ? [login] : []));
  if (good.length > 0)
    return approvedBy(
      good,
      `reviewed: approved on the merged commit by ${good.join(", ")}, who may write and did not write it`,
      voters,
      origin,
    );
  if (mode === "merge" && merger !== null) {
    const vote = { login: merger.login, bot: merger.type === "Bot", commit: head.sha, state: "APPROVED" };
    const one = await judgeVote(voters, vote);
    if (one.fault === undefined)
      return approvedBy(
        [one.login],
        `merged by ${one.login}, who may write and did not write it; no review is asked for`,
        voters,
        origin,
      );
    judged.push(one);
  }
  return worst(judged, merger?.login, mode);
}

const ANEW = "remove the plan; the next report proposes anew what is still wanted";
const SIGNING = "let a site administrator turn web commit signing on: without it this server signs no commit";

interface Voters {
  readonly github: GitHub;
  readonly isOurs: (account: Account) => boolean;
  readonly head: string;
  readonly authors: Authors;
  /** Login -> may write; each is asked once. */
  readonly roles: Map<string, boolean>;
}

interface Judged {
  readonly login: string;
  readonly fault: ApprovalReason | undefined;
}

async function judgeVote(voters: Voters, { login, bot, commit }: Vote): Promise<Judged> {
  const fault = (reason: ApprovalReason): Judged => ({ login, fault: reason });
  if (commit !== voters.head) return fault("stale_approval");
  // With a person's token that person is Evenkeel: what it proposed is not approved by itself.
  if (bot || voters.isOurs({ login, type: "User" })) return fault("approver_is_bot");
  if (voters.authors.logins.has(login.toLowerCase())) return fault("approver_is_author");
  return (await mayWrite(voters, login)) ? { login, fault: undefined } : fault("approver_lacks_permission");
}

/** Who stands against it. As on GitHub, only the word of those who may write holds anything up. */
async function blockedBy(voters: Voters, votes: readonly Vote[]): Promise<string | undefined> {
  const against = votes.filter(({ state }) => state === "CHANGES_REQUESTED");
  // More than can be asked about are more than enough.
  if (against.length > REVIEWERS) return against[0]?.login;
  for (const { login } of against) if (await mayWrite(voters, login)) return login;
  return undefined;
}

async function mayWrite({ github, roles }: Voters, login: string): Promise<boolean> {
  const known = roles.get(login);
  if (known !== undefined) return known;
  const asked = { ...github.here, username: login };
  const found = await absent(github.rest.repos.getCollaboratorPermissionLevel(asked));
  // `maintain` is told as write here, `triage` as read; roles of an organization's own as what they are made from.
  const may = found?.data.permission === "write" || found?.data.permission === "admin";
  roles.set(login, may);
  return may;
}

/** Git's name for the file as the pull request leaves it; undefined where it leaves it alone or removes it. */
async function blobInPull(github: GitHub, pull: number, path: string): Promise<string | undefined> {
  for (let page = 1; page <= FILE_PAGES; page++) {
    const { data } = await github.rest.pulls.listFiles({ ...github.here, pull_number: pull, per_page: PAGE, page });
    const file = data.find(({ filename, status }) => filename === path && status !== "removed");
    if (file !== undefined) return file.sha ?? undefined;
    if (data.length < PAGE) return undefined;
  }
  return undefined;
}

async function blobAt(github: GitHub, path: string, ref: string): Promise<string | undefined> {
  const found = await absent(github.rest.repos.getContent({ ...github.here, path, ref }));
  return found === undefined || Array.isArray(found.data) ? undefined : found.data.sha;
}

function approvedBy(
  by: readonly string[],
  tier: string,
  { github, authors: { strange } }: Voters,
  origin: Origin | undefined,
): Approval {
  if (strange === undefined) return { approved: true, by: [...by].sort(), tier, origin };
  const words = `commit ${strange} belongs to no GitHub account (or is in a bot's name without GitHub's signature): nobody can tell that ${by.join(", ")} did not write it`;
  return refuse("unknown_author", words, github.enterprise ? `${SIGNING}; then ${ANEW}` : ANEW);
}

/** From the fault that is furthest from an approval to the one that is nearest: the nearest is what is told. */
const NEAREST: readonly ApprovalReason[] = [
  "stale_approval",
  "approver_is_bot",
  "approver_is_author",
  "approver_lacks_permission",
];

const FAULTS: Partial<Record<ApprovalReason, readonly [words: string, next: string]>> = {
  stale_approval: [
    "approved an earlier commit than the one that was merged",
    'approve the next report after its last push; "Dismiss stale approvals" keeps this from being merged',
  ],
  approver_is_bot: ["is no person, or the account that Evenkeel itself uses", "let a person approve the next report"],
  approver_is_author: ["wrote a commit of it", "let somebody else approve the next report"],
  approver_lacks_permission: ["may not write to the repository", "let somebody who may write approve the next report"],
};

function worst(judged: readonly Judged[], merger: string | undefined, mode: ApprovalMode): Approval {
  const told = judged
    .flatMap(({ login, fault }) => (fault === undefined ? [] : [{ login, fault }]))
    .sort((a, b) => NEAREST.indexOf(b.fault) - NEAREST.indexOf(a.fault));
  const [nearest] = told;
  if (nearest === undefined) {
    if (mode === "merge" || merger === undefined)
      return refuse("no_approval", "nobody approved it", "approve the next report before it is merged");
    return refuse(
      "merged_by_only",
      `${merger} merged it, and nobody approved it`,
      "let somebody approve the next report before it is merged; with `approval: merge` a merge counts",
    );
  }
  const words = told.map(({ login, fault }) => `${login} ${FAULTS[fault]?.[0] ?? ""}`).join("; ");
  return refuse(nearest.fault, `no approval counts: ${words}`, FAULTS[nearest.fault]?.[1] ?? ANEW);
}

function refuse(reason: ApprovalReason, words: string, next: string): Approval {
  return { approved: false, reason, words, next };
}
