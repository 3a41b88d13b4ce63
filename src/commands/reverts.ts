import { type Application, standingApplications } from "../apply/applications.ts";
import type { GitHub } from "../github/client.ts";
import { upsertComment } from "../github/comment.ts";
import { GitHubError } from "../github/errors.ts";
import { readText } from "../github/git.ts";
import type { MergedPlan } from "../github/merged.ts";
import { pullsFrom } from "../github/pulls.ts";
import { tryPlan } from "../github/report-branch.ts";
import {
  type CommitPull,
  isRevertPull,
  type PlanCommit,
  planCommits,
  pullOfCommit,
  saysRevert,
  type TakenOut,
  takenOut,
} from "../github/reverts.ts";
import { canonical, toJson } from "../json.ts";
import { seconds } from "../plan/calls.ts";
import { planDigest } from "../plan/file.ts";
import { revertComment, revertMarker } from "../report/revert-comment.ts";
import { plain } from "../text/plain.ts";
import type { Io } from "../types/io.ts";
import type { JournalRecord } from "../types/outcome.ts";
import type { Hub } from "./hub.ts";
import { placeOfScope } from "./report-place.ts";
import { openSigning } from "./signing.ts";
import { publishUndo, undoOf, undoScope } from "./undo-report.ts";
import type { Ready } from "./workspace.ts";

/** So many reverts are looked into in one run, newest first: each costs some calls for as long as what it took back stands. */
const LOOKED_INTO = 4;
/** Commits that say nothing of a revert may come from a pull request that does; these many are asked about, while they are this young. */
const ASKED_ABOUT = 3;
const YOUNG_MS = 7 * 24 * 3_600_000;
/** Earlier approvals of one plan that are looked at, the last first. */
const NAMES = 3;

export interface Answered {
  /** Lines for the log. */
  readonly said: readonly string[];
  /** Something could not be written; the next run tries again. */
  readonly trouble: boolean;
}

/**
 * The name of the approval that a merged plan runs by. What a revert restores is no new approval, nor is a plan that was only edited where it stands
 * (a confirmation added, a line taken out): it goes by the one it had before, under which the journal knows what is done. Errors: GitHubError.
 */
export async function approvalName(
  { github }: Hub,
  merged: MergedPlan,
  records: readonly JournalRecord[],
): Promise<string> {
  const { path, plan } = merged;
  return nameOf(github, { path, plan, approval: await merged.approval() }, records);
}

/** `approval`: the commit that last touched the plan's file. */
async function nameOf(
  github: GitHub,
  { path, plan, approval }: Pick<TakenOut, "path" | "plan" | "approval">,
  records: readonly JournalRecord[],
): Promise<string> {
  const digest = planDigest(plan.header);
  const own = records.filter(({ plan: of, approval: by }) => of === digest && /^commit\/[0-9a-f]{7,64}$/.test(by));
  const names = [...new Set(own.map((record) => record.approval).reverse())];
  const [earlier] = names;
  if (earlier === undefined || names.includes(approval)) return approval;
  // A report that proposes the same once more has another header: it names the commit it was made at. Undo plans name none.
  if (plan.header.kind === "remediate") {
    const header = canonical(toJson(plan.header));
    for (const name of names.slice(0, NAMES)) {
      const text = await readText(github, path, name.slice("commit/".length));
      if (text?.split("\n")[0] === header) return name;
    }
  }
  const sha = approval.slice("commit/".length);
  const { data } = await github.rest.git.getCommit({ ...github.here, commit_sha: sha });
  if (saysRevert(data.message)) return earlier;
  const pull = await pullOfCommit(github, sha);
  return pull !== undefined && isRevertPull(pull) ? earlier : approval;
}

/**
 * Answers each revert of a report that was applied with a pull request that takes back what was applied: once, whichever run finds it. A revert is one by
 * what it says together with what it did: the lines of the plan went in that one commit. Nothing is changed in AWS. What GitHub refuses is told and
 * fails nothing else.
 */
export async function answerReverts(
  hub: Hub,
  ready: Ready,
  io: Io,
  records: readonly JournalRecord[],
  job: "apply" | "report",
): Promise<Answered> {
  // Plans are made by who may sign them: with a key that is the job that reports, which alone may use it.
  if ((ready.config.signing?.key === undefined) !== (job === "apply")) return { said: [], trouble: false };
  const standing = standingApplications(records).filter(({ approval }) => approval.startsWith("commit/"));
  if (standing.length === 0) return { said: [], trouble: false };
  const said: string[] = [];
  try {
    for (const { taken, commit, pull } of await revertsOf(hub, ready, records, standing)) {
      const line = await answer(hub, ready, io, { taken, commit, pull, records, standing });
      if (line !== undefined) said.push(line);
    }
    return { said, trouble: false };
  } catch (error) {
    if (!(error instanceof GitHubError)) throw error;
    return {
      said: [...said, `A revert could not be answered; the next run tries again: ${plain(error.message, 500)}`],
      trouble: true,
    };
  }
}

interface Found {
  readonly taken: TakenOut;
  readonly commit: PlanCommit;
  /** Undefined where it was not asked for yet. */
  readonly pull: CommitPull | undefined;
}

async function revertsOf(
  { github }: Hub,
  { config }: Ready,
  records: readonly JournalRecord[],
  standing: readonly Application[],
): Promise<readonly Found[]> {
  const folder = config.report.plan_path.replace(/^\.?\/+|\/+$/g, "");
  const { defaultBranch } = await github.about();
  const commits = await planCommits(github, { branch: defaultBranch, folder });
  const approvals = new Set(records.map(({ approval }) => approval));
  const digests = new Set(standing.map(({ plan }) => plan));
  const found: Found[] = [];
  const seen = new Set<string>();
  let looked = 0;
  let asked = 0;
  for (const commit of commits) {
    if (looked === LOOKED_INTO) break;
    let pull: CommitPull | undefined;
    if (!saysRevert(commit.message)) {
      const ours = approvals.has(`commit/${commit.sha}`) || /^Evenkeel-Plan: /m.test(commit.message);
      if (ours || asked === ASKED_ABOUT || github.clock.now() - Date.parse(commit.at) > YOUNG_MS) continue;
      asked += 1;
      pull = await pullOfCommit(github, commit.sha);
      if (pull === undefined || !isRevertPull(pull)) continue;
    }
    looked += 1;
    for (const taken of await takenOut(github, commit, { folder, wanted: (digest) => digests.has(digest) })) {
      const key = `${taken.digest} ${taken.approval}`;
      if (seen.has(key)) continue;
      seen.add(key);
      // Reverted, and the revert reverted: it is asked for again.
      const now = tryPlan(taken.path, await readText(github, taken.path, defaultBranch));
      if (now === undefined || planDigest(now.header) !== taken.digest) found.push({ taken, commit, pull });
    }
  }
  return found;
}

interface Subject extends Found {
  readonly records: readonly JournalRecord[];
  readonly standing: readonly Application[];
}

/** One revert; gives a line for the log, or undefined where it was answered before or there is nothing to answer. */
async function answer(hub: Hub, ready: Ready, io: Io, subject: Subject): Promise<string | undefined> {
  const { github } = hub;
  const { taken, records } = subject;
  const { digest, approval, items } = taken;
  const ofPlan = subject.standing.filter((one) => one.plan === digest && items.has(one.item.id));
  if (ofPlan.length === 0) return undefined;
  // As it was applied: the file may have been edited, or reverted and restored, since.
  const name = await nameOf(github, taken, records);
  const own = ofPlan.filter((one) => one.approval === name || one.approval === approval);
  if (own.length === 0) return undefined;
  const chosen = new Set(own.map(({ item }) => item.id));
  const scope = undoScope(digest);
  const plan = undoOf(records, ready, io, { scope, select: (item, of) => of === digest && chosen.has(item.id) });
  const pulls = await pullsFrom(github, placeOfScope(ready.config, scope).branch);
  const open = pulls.find(({ state }) => state === "open");
  // GitHub's times are whole seconds. An older one took back an earlier application; one since then was merged, or closed by somebody who wants none.
  const since = Math.floor(Math.max(...own.map(({ at }) => Date.parse(at))) / 1000) * 1000;
  if (open === undefined && pulls.some(({ created }) => Date.parse(created) >= since)) return undefined;
  let number = open?.number;
  let line: string | undefined;
  const fresh =
    open !== undefined && github.clock.now() < Date.parse(open.created) + seconds(ready.config.plan_ttl) * 1000;
  if (plan.items.length > 0 && !fresh) {
    const signed = await openSigning(ready, io).sign(plan);
    if (signed.failure !== undefined)
      return `The revert of plan ${digest.slice(0, 12)} waits for an undo plan that is signed: ${signed.failure}`;
    const { result } = await publishUndo(hub, ready, signed, records);
    number = result.pullRequest?.number;
    if (result.action === "created")
      line =
        `Plan ${digest.slice(0, 12)} was reverted by commit ${subject.commit.sha.slice(0, 12)}, which changes nothing in AWS: ` +
        `${plain(result.pullRequest?.url ?? "", 300)} takes back ${plan.items.length} of its changes once it is merged.`;
  }
  const pull = subject.pull ?? (await pullOfCommit(github, subject.commit.sha));
  if (pull !== undefined) {
    const body = revertComment({ plan: digest, items: plan.items, held: plan.header.held, pull: number });
    const { action } = await upsertComment(github, pull.number, revertMarker(digest), body);
    if (action === "created")
      line ??= `The revert of plan ${digest.slice(0, 12)} was answered: ${plain(pull.url, 300)}`;
  }
  return line;
}
