import { withExpiry } from "../catalogue/exceptions-edit.ts";
import { daysAfter } from "../catalogue/exceptions-match.ts";
import { hash } from "../scan/finding.ts";
import { marker } from "../text/markdown.ts";
import type { ExceptionEntry } from "../types/exception.ts";
import type { GitHub } from "./client.ts";
import { branchesBelow, branchTip, makeCommit, pointBranch } from "./git.ts";
import { ensurePull, type Pull, pullsFrom } from "./pulls.ts";
import { closeRenewal, madeFor, RENEWAL_TRAILER } from "./renew-branch.ts";
import { type RecentPulls, recentPulls } from "./report-pulls.ts";
import { readStanding, type Standing, type StandingFile } from "./standing.ts";

/** An exception, and the pull request that would renew it. */
export interface Proposal {
  /** Of the exception (`exceptionKey`). */
  readonly key: string;
  /** Of its file, from the top of the repository. */
  readonly path: string;
  readonly entry: ExceptionEntry;
  /** The new last day. */
  readonly until: string;
  readonly title: string;
  readonly body: string;
}

export interface Renewals {
  /** The default branch. */
  readonly base: string;
  /** Folder of the exceptions, from the top of the repository. */
  readonly folder: string;
  /** Path -> text, as checked out. */
  readonly texts: ReadonlyMap<string, string>;
  /** The first come first. */
  readonly due: readonly Proposal[];
}

export interface Tended {
  /** Key of the exception -> number of the open pull request. */
  readonly open: ReadonlyMap<string, number>;
  /** What was done or could not be, plain texts. */
  readonly said: readonly string[];
}

/** More at once would be merged unread. */
const NEW_A_RUN = 5;
const STALE_A_RUN = 5;
/** One is always proposed; beyond it, only while the run is within its budget of calls. */
const CALLS = 22;
/** A renewal is opened 14 days before the exception ends, never earlier. */
const OPENED_BEFORE = 15;

/** Two configurations of one repository have exceptions of their own: neither may take the other's renewals for stale. */
function prefixOf(folder: string): string {
  return `evenkeel/renew/${hash(folder).slice(0, 6)}-`;
}

/**
 * Brings the renewals' pull requests to what the default branch says: one for each exception that is due, opened once and then left as it is; closed
 * with words where its exception is gone. One that people closed is not opened again. Run again after a kill it goes on where it stopped.
 * Errors: UsageError (base, folder), GitHubError.
 */
export async function tendRenewals(github: GitHub, renewals: Renewals): Promise<Tended> {
  const { base, folder, due } = renewals;
  const prefix = prefixOf(folder);
  const branches = await branchesBelow(github, prefix);
  const open = new Map<string, number>();
  const said: string[] = [];
  if (branches.size === 0 && due.length === 0) return { open, said };
  const wanted = due.map(({ path }) => path);
  const standing = await readStanding(github, await branchTip(github, base), { ...renewals, wanted });
  const recent = await recentPulls(github, prefix);
  for (const [branch, pulls] of recent.byBranch) {
    const mine = pulls.find(({ state }) => state === "open");
    if (mine !== undefined) open.set(branch.slice(prefix.length), mine.number);
  }
  const keys = new Set([...standing.files.values()].flatMap(({ entries }) => [...entries.keys()]));
  const stale = [...branches].filter(([branch]) => standing.complete && !keys.has(branch.slice(prefix.length)));
  for (const [branch, sha] of stale.slice(0, STALE_A_RUN)) {
    const pulls = recent.byBranch.get(branch) ?? (await older(github, recent, branch, undefined));
    const words = await closeRenewal(github, { branch, sha, pulls });
    if (words !== undefined) said.push(words);
    open.delete(branch.slice(prefix.length));
  }
  let [made, left] = [0, 0];
  for (const proposal of due) {
    const branch = `${prefix}${proposal.key}`;
    const opened = daysAfter(proposal.entry.expires, -OPENED_BEFORE);
    const pulls = recent.byBranch.get(branch) ?? (await older(github, recent, branch, opened));
    const file = standing.files.get(proposal.path);
    const name = `the exception from ${proposal.entry.policy} in ${proposal.path}, which ends on ${proposal.entry.expires}`;
    if (file === undefined || !file.entries.has(proposal.key)) {
      said.push(`${name}, does not stand so on ${base}: it is not renewed by this run`);
      continue;
    }
    const mine = pulls.find(({ state }) => state === "open");
    if (mine !== undefined) {
      open.set(proposal.key, mine.number);
      const words = await mendConflict(github, { proposal, branch, file, standing, open: mine });
      if (words !== undefined) said.push(words);
      continue;
    }
    const [last] = pulls;
    if (last !== undefined) {
      const answer = last.merged ? "was merged and taken back since" : "was closed";
      said.push(`${name}, is not proposed for renewal again: #${last.number} ${answer}`);
      continue;
    }
    if (made === NEW_A_RUN || (made > 0 && github.calls > CALLS)) {
      left += 1;
      continue;
    }
    made += 1;
    const result = await propose(github, { proposal, branch, file, standing, base, head: branches.get(branch) });
    if (typeof result === "string") said.push(`${name}, cannot be proposed for renewal: ${result}`);
    else {
      open.set(proposal.key, result.number);
      said.push(`Proposed in #${result.number} to renew ${name}: ${result.url}`);
    }
  }
  if (left > 0) said.push(`${left} more exceptions end soon; their renewals are proposed by the next runs`);
  return { open, said };
}

/** Of a branch that is not among the newest: looked for, unless it can be told that there is none since `opened`. */
async function older(github: GitHub, { since }: RecentPulls, branch: string, opened: string | undefined) {
  if (since === undefined || (opened !== undefined && since < opened)) return [];
  return pullsFrom(github, branch);
}

interface Place {
  readonly proposal: Proposal;
  readonly branch: string;
  readonly file: StandingFile;
  readonly standing: Standing;
}

async function commitOf(github: GitHub, { proposal, file, standing }: Place, until: string) {
  const text = withExpiry(file.path, file.text, proposal.entry, until);
  if (text === undefined) return undefined;
  return makeCommit(github, {
    baseTree: standing.tip.tree,
    parents: [standing.tip.sha],
    files: { [file.path]: text },
    message: `Renew the exception from ${proposal.entry.policy} until ${until}\n\n${RENEWAL_TRAILER}: ${proposal.key} ${until}\n`,
  });
}

async function propose(
  github: GitHub,
  place: Place & { readonly base: string; readonly head: string | undefined },
): Promise<Pull | string> {
  const { proposal, branch, file, base, head } = place;
  // A branch without a pull request is a killed run's, or somebody's only copy.
  if (head !== undefined && (await madeFor(github, head))?.key !== proposal.key)
    return `the branch ${branch} is in the way; delete it`;
  const sha = await commitOf(github, place, proposal.until);
  if (sha === undefined) return "its last day cannot be changed without changing something else; edit the file";
  await pointBranch(github, branch, sha, head === undefined ? "create" : "force");
  const text = { branch, base, title: proposal.title, body: `${markerOf(file)}\n${proposal.body}` };
  return (await ensurePull(github, text, undefined)).pull;
}

/** Which text of the file the branch was made from: while that stands on the base, nothing can be in conflict. */
function markerOf({ blob }: StandingFile): string {
  return marker("renewal", { from: blob });
}

/**
 * An open one is pushed to only where it could not be merged any more (its neighbour in the file was): a push takes approvals away. The new commit
 * keeps the last day that the title tells. Gives what there is to say.
 */
async function mendConflict(github: GitHub, place: Place & { readonly open: Pull }): Promise<string | undefined> {
  const { proposal, branch, file, open } = place;
  if (open.body.startsWith(markerOf(file))) return undefined;
  const { data } = await github.rest.pulls.get({ ...github.here, pull_number: open.number });
  if (data.mergeable !== false) return undefined;
  const made = await madeFor(github, open.headSha);
  if (made?.key !== proposal.key)
    return `#${open.number} is in conflict with ${open.base}, and people worked on its branch: it is left to them`;
  const sha = await commitOf(github, place, made.until);
  if (sha === undefined) return `#${open.number} is in conflict with ${open.base}; close it and edit ${file.path}`;
  await pointBranch(github, branch, sha, "force");
  const body = open.body.replace(/^<!-- evenkeel:renewal [^\n]*-->/, () => markerOf(file));
  await ensurePull(github, { branch, base: open.base, title: open.title, body }, open);
  return `#${open.number} was in conflict with ${open.base}, and is made anew on it`;
}
