import { stringify } from "yaml";
import { Bug } from "../errors.ts";
import { code, inline } from "../text/markdown.ts";
import type { PlanItem } from "../types/plan.ts";
import type { GitHub } from "./client.ts";
import { branchTip, findTip, makeCommit, pointBranch, readText } from "./git.ts";
import { ensurePull, pullsFrom } from "./pulls.ts";

export interface WaiverTerms {
  readonly reason: string;
  /** Login of who asked for it. */
  readonly owner: string;
  /** `YYYY-MM-DD`. */
  readonly expires: string;
}

export interface Waiver {
  readonly item: PlanItem;
  readonly terms: WaiverTerms;
  /** Of the new file. */
  readonly path: string;
  readonly text: string;
  readonly base: string;
  /** ID of the comment that asked, and the number of the pull request it stands on. */
  readonly comment: number;
  readonly report: number;
}

export type Waived =
  | { readonly done: true; readonly pull: number; readonly url: string }
  | { readonly done: false; readonly why: string };

const COMMENT_TRAILER = "Evenkeel-Comment";

/** Twelve of an ID's characters, as reports show them. */
export const shortId = ({ id }: Pick<PlanItem, "id">): string => id.slice(0, 12);

/** `exceptions/<policy>-<item>.yaml`: nothing of the comment's text is in it. `folder` is where the configuration stands, "" for the top. */
export function waiverPath(folder: string, item: PlanItem): string {
  // The plan's schema says so too; a path is worth looking twice.
  if (!/^[a-z0-9_]{1,100}$/.test(item.policy) || !/^[0-9a-f]{32}$/.test(item.id))
    throw new Bug("an item whose policy or ID cannot be part of a path");
  return `${folder === "" ? "" : `${folder}/`}exceptions/${item.policy}-${shortId(item)}.yaml`;
}

/** The exception's file. The library quotes whatever could be read as anything but text. */
export function waiverText(item: PlanItem, { reason, owner, expires }: WaiverTerms): string {
  const match = { account: item.account, resource: item.resource.arn };
  return stringify({ policy: item.policy, match, reason, owner, expires }, { lineWidth: 0 });
}

/**
 * Opens a pull request with the exception's file, on a branch of the item's. Run again after a kill it goes on where it stopped. One that stands on
 * the branch for another comment is left alone, and told of. Errors: UsageError (base), GitHubError.
 */
export async function proposeWaiver(github: GitHub, waiver: Waiver): Promise<Waived> {
  const { item, path, text, base: into } = waiver;
  const branch = `evenkeel/waive/${shortId(item)}`;
  const base = await branchTip(github, into);
  if ((await readText(github, path, base.sha)) !== undefined)
    return { done: false, why: `${path} is on ${into} already; change or delete that file by a pull request` };
  const [tip, pulls] = [await findTip(github, branch), await pullsFrom(github, branch)];
  const open = pulls.find(({ state }) => state === "open");
  const mine = tip !== undefined && (await madeFor(github, tip.sha, waiver.comment));
  if (open !== undefined && !mine)
    return { done: false, why: `pull request ${open.number} proposes an exception for this item already` };
  if (!mine) {
    // A closed pull request keeps its commits; a branch that never had one may hold somebody's only copy.
    if (tip !== undefined && !pulls.some(({ headSha }) => headSha === tip.sha))
      return { done: false, why: `the branch ${branch} is in the way; delete it and comment again` };
    const message = `Evenkeel: exception for ${item.policy} ${shortId(item)}\n\n${COMMENT_TRAILER}: ${waiver.comment}\n`;
    const sha = await makeCommit(github, {
      baseTree: base.tree,
      parents: [base.sha],
      files: { [path]: text },
      message,
    });
    await pointBranch(github, branch, sha, tip === undefined ? "create" : "force");
  }
  const title = `Exception from ${item.policy} for ${shortId(item)}`;
  const { pull } = await ensurePull(github, { branch, base: into, title, body: bodyOf(waiver) }, open);
  return { done: true, pull: pull.number, url: pull.url };
}

/** Ours by account and by trailer: anybody can write the trailer. */
async function madeFor(github: GitHub, sha: string, comment: number): Promise<boolean> {
  const isOurs = await github.me();
  const { data } = await github.rest.repos.getCommit({ ...github.here, ref: sha });
  return isOurs(data.author) && data.commit.message.split("\n").includes(`${COMMENT_TRAILER}: ${comment}`);
}

function bodyOf({ item, terms, path, comment, report }: Waiver): string {
  return [
    `Asked for by ${code(terms.owner)} in a comment on #${report} (comment ${comment}).`,
    "",
    `- Policy: ${code(item.policy)}`,
    `- Resource: ${code(item.resource.arn)} in account ${code(item.account)}`,
    `- Reason: ${inline(terms.reason, 1000)}`,
    `- Last day: ${terms.expires}`,
    `- File: ${code(path)}`,
    "",
    "Until this is merged nothing is excepted. Afterwards the finding still fails, and is neither planned nor applied until that day.",
    "",
  ].join("\n");
}
