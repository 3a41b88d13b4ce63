import { marker } from "../text/markdown.ts";
import type { GitHub } from "./client.ts";
import { commentUnlessThere } from "./comment.ts";
import { deleteBranch } from "./git.ts";
import { closePull, type Pull } from "./pulls.ts";

/** `Evenkeel-Renewal: KEY DAY` in the message of a commit that renews an exception. */
export const RENEWAL_TRAILER = "Evenkeel-Renewal";

const CLOSED =
  "The exception that this would renew no longer stands on the default branch as it did: it was edited, moved, renewed otherwise, or removed. " +
  "Evenkeel closes this pull request and deletes its branch. Where the exception as it is now comes to its end, its renewal is proposed anew.";

/** What a commit of ours renews; ours by account and by trailer, since anybody can write the trailer. */
export async function madeFor(
  github: GitHub,
  sha: string,
): Promise<{ readonly key: string; readonly until: string } | undefined> {
  const isOurs = await github.me();
  const { data } = await github.rest.repos.getCommit({ ...github.here, ref: sha });
  const found = new RegExp(`^${RENEWAL_TRAILER}: ([0-9a-f]{16}) (\\d{4}-\\d\\d-\\d\\d)$`, "m").exec(
    data.commit.message,
  );
  const [, key, until] = found ?? [];
  return key === undefined || until === undefined || !isOurs(data.author) ? undefined : { key, until };
}

/**
 * Clears away the branch of a renewal whose exception is gone, and closes its pull request with words. A closed pull request keeps its commits, so
 * that nothing of what people added is lost; a branch that stands elsewhere is left to them. Gives what there is to say.
 */
export async function closeRenewal(
  github: GitHub,
  stale: {
    readonly branch: string;
    readonly sha: string;
    readonly pulls: readonly Pull[];
  },
): Promise<string | undefined> {
  const { branch, sha, pulls } = stale;
  const open = pulls.find(({ state }) => state === "open");
  if (open !== undefined) {
    const mark = marker("renewal-closed");
    await commentUnlessThere(github, open.number, mark, () => `${mark}\n${CLOSED}`);
    await closePull(github, open);
  }
  const kept = pulls.some(({ headSha }) => headSha === sha) || (await madeFor(github, sha)) !== undefined;
  if (kept) await deleteBranch(github, branch);
  return open === undefined ? undefined : `Closed #${open.number}: the exception that it would renew is gone or edited`;
}
