import { UserError } from "../errors.ts";
import { itemHash, readPlan } from "../plan/file.ts";
import type { Plan } from "../types/plan.ts";
import type { Account, GitHub } from "./client.ts";
import { absent } from "./errors.ts";
import { readText } from "./git.ts";

/** What stands on a report branch, and who put it there. */
export interface BranchState {
  readonly head: string;
  /** Commits that the base does not have. */
  readonly ahead: number;
  /** Where the branch left the base. */
  readonly mergeBase: string;
  /** The base had no plan file there. */
  readonly adds: boolean;
  /** The head is a commit that we made. */
  readonly ours: boolean;
  /** The plan at the head; undefined where it cannot be read. */
  readonly plan: Plan | undefined;
  /** IDs of items whose lines a reviewer deleted. */
  readonly declined: ReadonlySet<string>;
  /** Why we must not push: somebody's work stands here that a push would bury. */
  readonly frozen: string | undefined;
}

const PLAN_TRAILER = "Evenkeel-Plan";
const DECLINED_TRAILER = "Evenkeel-Declined";
const PAGE = 100;

/**
 * The message of a commit of ours. The trailers tell our commits from those that a person makes with the same account, and carry what was declined
 * on to the commits that follow, which no longer hold those lines.
 */
export function reportMessage(message: string, digest: string, declined: readonly string[]): string {
  const trailers = [`${PLAN_TRAILER}: ${digest}`, ...declined.map((id) => `${DECLINED_TRAILER}: ${id}`)];
  return `${message.trimEnd()}\n\n${trailers.join("\n")}\n`;
}

/** Whether a commit says that it holds a plan. Anybody can write so: who made it has to be looked at too. */
export function isReportMessage(message: string): boolean {
  return message.includes(`\n${PLAN_TRAILER}: `);
}

interface Seen {
  readonly sha: string;
  readonly message: string;
  readonly ours: boolean;
  readonly author: string;
}

/** Reads the branch at `head` against the base at `base`; `path` is the plan file. */
export async function readReportBranch(github: GitHub, head: string, base: string, path: string): Promise<BranchState> {
  const compared = await compare(github, base, head);
  const none = { adds: false, ours: false, plan: undefined, declined: new Set<string>() };
  const nothing = { ...none, head, ahead: 0, mergeBase: base };
  if (compared === undefined) return { ...nothing, frozen: "the branch has no history in common with the base" };
  const { ahead, mergeBase, commits, paths, added } = compared;
  if (ahead === 0) return { ...nothing, mergeBase, frozen: undefined };
  const state = { ...nothing, ahead, mergeBase, adds: added.includes(path) };
  const mine = commits.findLast(({ ours }) => ours);
  const last = commits.at(-1);
  if (mine === undefined || last === undefined) {
    return { ...state, frozen: `it holds commits of ${last?.author ?? "somebody else"} and none of Evenkeel` };
  }
  const stray = paths.find((other) => other !== path);
  if (stray !== undefined) return { ...state, frozen: `${last.author} changed ${stray} on it` };
  const text = await readText(github, path, head);
  const carried = new Set([...mine.message.matchAll(/^Evenkeel-Declined: (\S+)$/gm)].map(([, id = ""]) => id));
  if (mine.sha === head) {
    return { ...state, ours: true, plan: tryPlan(path, text), declined: carried, frozen: undefined };
  }
  return { ...state, ...(await afterPeople(github, path, { text, carried, mine, author: last.author })) };
}

interface People {
  readonly text: string | undefined;
  readonly carried: ReadonlySet<string>;
  readonly mine: Seen;
  readonly author: string;
}

/** What people did since our last commit: taking item lines away (or putting them back) is their right, anything else is work of theirs. */
async function afterPeople(
  github: GitHub,
  path: string,
  { text, carried, mine, author }: People,
): Promise<Pick<BranchState, "plan" | "declined" | "frozen">> {
  const before = await readText(github, path, mine.sha);
  const written = tryPlan(path, before);
  const frozen = (what: string) => ({ plan: undefined, declined: carried, frozen: `${author} ${what}` });
  if (text === undefined) return frozen("removed the plan file");
  if (written === undefined || before === undefined) return frozen("worked on a plan that can no longer be read");
  if (text.split("\n")[0] !== before.split("\n")[0]) return frozen("edited the header of the plan");
  let plan: Plan;
  try {
    plan = readPlan(path, text);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return frozen(`edited the plan: ${error.problems[0]?.message ?? "it cannot be read"}`);
  }
  const kept = new Set(plan.items.map(({ id }) => id));
  const declined = [...carried, ...written.items.map(({ id }) => id)].filter((id) => !kept.has(id));
  return { plan, declined: new Set(declined), frozen: undefined };
}

async function compare(github: GitHub, base: string, head: string) {
  const ask = (page: number) =>
    github.rest.repos.compareCommitsWithBasehead({
      ...github.here,
      basehead: `${base}...${head}`,
      per_page: PAGE,
      page,
    });
  const first = await absent(ask(1));
  if (first === undefined) return undefined;
  const { ahead_by: ahead, merge_base_commit: parted, total_commits: total, files } = first.data;
  // Oldest first: what people did last stands on the last page. The files stand on the first one only.
  const commits = total > PAGE ? (await ask(Math.ceil(total / PAGE))).data.commits : first.data.commits;
  const isOurs = await github.me();
  const ours = (author: Account | null, committer: Account | null): boolean =>
    isOurs(author) && (isOurs(committer) || committer?.login === "web-flow");
  return {
    ahead,
    mergeBase: parted.sha,
    paths:
      files?.flatMap((file) => [
        file.filename,
        ...(file.previous_filename === undefined ? [] : [file.previous_filename]),
      ]) ?? [],
    added: files?.flatMap(({ filename, status }) => (status === "added" ? [filename] : [])) ?? [],
    commits: commits.map(({ sha, author, committer, commit }): Seen => {
      const { message } = commit;
      // An amended commit keeps our author and message, but not the committer.
      const made = isReportMessage(message) && ours(author, committer);
      return { sha, message, ours: made, author: author?.login ?? commit.author?.name ?? "somebody" };
    }),
  };
}

/** A plan that another version of the engine wrote may not be readable; it is then replaced. */
export function tryPlan(path: string, text: string | undefined): Plan | undefined {
  if (text === undefined) return undefined;
  try {
    return readPlan(path, text);
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

/**
 * Whether a plan that stands proposes what is wanted: the same lines, and of what is wanted nothing that it does not offer. It may offer more, of
 * which no line stands (an item that was taken out, and is snoozed or in order since): its merge approves the same. The expiry alone is no difference.
 */
export function samePlan(standing: Plan, wanted: Plan): boolean {
  const offered = new Set(standing.header.items);
  if (!wanted.header.items.every((hash) => offered.has(hash))) return false;
  return sameSet(standing.items.map(itemHash), wanted.items.map(itemHash));
}

function sameSet(a: readonly string[], b: readonly string[]): boolean {
  const set = new Set(a);
  return set.size === new Set(b).size && b.every((one) => set.has(one));
}
