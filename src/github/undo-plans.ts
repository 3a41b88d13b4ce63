import { UsageError } from "../errors.ts";
import type { Plan } from "../types/plan.ts";
import type { GitHub } from "./client.ts";
import { absent } from "./errors.ts";
import { readText } from "./git.ts";
import { tryPlan } from "./report-branch.ts";

/** An undo plan that may still run. */
export interface WaitingUndo {
  readonly plan: Plan;
  /** Its pull request where that is open; undefined where it is merged. */
  readonly pull: number | undefined;
}

const PAGE = 100;

/**
 * Undo plans in open pull requests and on the default branch, of those whose scope `wanted` asks for: one call for each of the two listings, and one for
 * each plan. Of more than a hundred open pull requests the newest are looked at. Errors: GitHubError.
 */
export async function waitingUndos(
  github: GitHub,
  from: { readonly branchPrefix: string; readonly folder: string },
  wanted: (scope: string) => boolean,
): Promise<readonly WaitingUndo[]> {
  const { here, rest } = github;
  const { defaultBranch, fullName } = await github.about();
  const found: WaitingUndo[] = [];
  const add = async (path: string, ref: string, pull: number | undefined): Promise<void> => {
    const plan = tryPlan(path, await readText(github, path, ref));
    if (plan?.header.kind === "undo") found.push({ plan, pull });
  };
  const { data: pulls } = await rest.pulls.list({
    ...here,
    state: "open",
    sort: "created",
    direction: "desc",
    per_page: PAGE,
  });
  for (const { head, number } of pulls) {
    const scope = head.ref.startsWith(`${from.branchPrefix}/`) ? head.ref.slice(from.branchPrefix.length + 1) : "";
    const own = head.repo?.full_name.toLowerCase() === fullName.toLowerCase();
    if (own && wanted(scope)) await add(`${from.folder}/${scope}.jsonl`, head.sha, number);
  }
  for (const name of await names(github, from.folder, defaultBranch)) {
    const scope = /^(.+)\.jsonl$/.exec(name)?.[1] ?? "";
    if (wanted(scope)) await add(`${from.folder}/${name}`, defaultBranch, undefined);
  }
  return found;
}

async function names(github: GitHub, path: string, ref: string): Promise<readonly string[]> {
  const listed = await absent(github.rest.repos.getContent({ ...github.here, path, ref }));
  if (listed === undefined) return [];
  const { data } = listed;
  if (!Array.isArray(data))
    throw new UsageError(`${path} is a file; the configuration names it as the folder of plans`);
  return data.filter(({ type }) => type === "file").map(({ name }) => name);
}
