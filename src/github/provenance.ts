import { canonical, toJson } from "../json.ts";
import { plain } from "../text/plain.ts";
import type { Plan } from "../types/plan.ts";
import type { GitHub } from "./client.ts";
import { GitHubError } from "./errors.ts";
import { readText } from "./git.ts";
import { tryPlan } from "./report-branch.ts";

/** The last commit of a pull request that Evenkeel's account made through the API, as GitHub's signature says. */
export interface Origin {
  readonly commit: string;
  /** Login of the account. */
  readonly by: string;
  /** It is the commit that was approved and merged: nobody wrote after it. */
  readonly last: boolean;
}

export type Provenance =
  | { readonly known: true; readonly words: string }
  /** Why nothing can be said for where the plan comes from. */
  | { readonly known: false; readonly words: string };

/**
 * Whether a commit of ours holds the header of what was merged, and so vouches for each line of it; lines that people took out are no matter. Git's own authors prove nothing; that GitHub signed the
 * commit does: it was made with a token of that account. One call at most, and none where nobody wrote after us. Throws nothing of GitHub's: each item
 * is derived anew anyway, so this decides nothing.
 */
export async function provenanceOf(
  github: GitHub,
  { plan, path }: { readonly plan: Plan; readonly path: string },
  origin: Origin | undefined,
): Promise<Provenance> {
  if (origin === undefined)
    return {
      known: false,
      words: "no commit in its pull request is of Evenkeel and verified by GitHub",
    };
  const { commit, by, last } = origin;
  const name = `commit ${commit.slice(0, 12)} of ${plain(by, 60)}`;
  try {
    if (!last && !holds(tryPlan(path, await readText(github, path, commit)), plan))
      return {
        known: false,
        words: `${name}, the last that GitHub verified as Evenkeel's, holds another header`,
      };
  } catch (error) {
    if (!(error instanceof GitHubError)) throw error;
    return { known: false, words: `${name} could not be read: ${error.message}` };
  }
  const shared =
    by === "github-actions[bot]" ? "; any workflow here that may write contents can commit in that name" : "";
  return { known: true, words: `${name}, verified by GitHub, vouches for every line${shared}` };
}

/** The header to the letter: it lists the hash of every line, and what was merged was read by it. A line that was put back is among them. */
function holds(written: Plan | undefined, merged: Plan): boolean {
  return written !== undefined && canonical(toJson(written.header)) === canonical(toJson(merged.header));
}
