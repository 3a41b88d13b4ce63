import { plain } from "../text/plain.ts";
import type { Account, GitHub } from "./client.ts";
import { isReportMessage } from "./report-branch.ts";

/** Who had a hand in a pull request's commits. */
export interface Authors {
  /** Logins, in lower case. */
  readonly logins: ReadonlySet<string>;
  /** A commit of which nobody can tell whose it is; undefined where there is none. */
  readonly strange: string | undefined;
  /** The last commit of Evenkeel's that GitHub signed; undefined where there is none. */
  readonly ours: { readonly sha: string; readonly login: string } | undefined;
}

const PAGE = 100;
/** GitHub lists so many commits of a pull request, and no more. */
const MOST = 250;

/**
 * Authors, committers and co-authors of all commits of a pull request, and who opened it, without our own account. A commit in a bot's name counts
 * as the bot's only where GitHub signed it: names and addresses in a commit are whatever its maker wrote. People's commits are taken at their
 * word; the branch rule "approval of the most recent push" is what holds where they lie. Undefined: more commits than GitHub lists. Errors: GitHubError.
 */
export async function authorsOf(
  github: GitHub,
  pull: { readonly number: number; readonly commits: number; readonly user: Account | null },
): Promise<Authors | undefined> {
  if (pull.commits > MOST) return undefined;
  const isOurs = await github.me();
  const logins = new Set<string>();
  const addresses = new Map<string, string>();
  const coAuthors: string[] = [];
  let strange: string | undefined;
  let ours: Authors["ours"];
  const take = (account: Account | null, email: string | undefined): boolean => {
    const login = account?.login?.toLowerCase();
    if (login === undefined) return false;
    logins.add(login);
    if (email !== undefined) addresses.set(email.toLowerCase(), login);
    return true;
  };
  if (!isOurs(pull.user)) take(pull.user, undefined);
  for (let page = 1; page <= Math.ceil(pull.commits / PAGE); page++) {
    const asked = { ...github.here, pull_number: pull.number, per_page: PAGE, page };
    const { data } = await github.rest.pulls.listCommits(asked);
    for (const { sha, author, committer, commit } of data) {
      const signed = commit.verification?.verified === true;
      coAuthors.push(...coAuthorsOf(commit.message));
      if (isOurs(author) && signed) {
        if (isReportMessage(commit.message)) ours = { sha, login: author?.login ?? "" };
        continue;
      }
      const bot = author?.type === "Bot" && !signed;
      const known = !bot && take(author, commit.author?.email);
      const made =
        isGitHub(committer, commit.committer, signed) ||
        commit.committer?.email === commit.author?.email ||
        take(committer, commit.committer?.email);
      if (!known || !made) strange ??= `${sha.slice(0, 12)} by ${plain(commit.author?.name ?? "nobody", 80)}`;
    }
  }
  // An address that belongs to nobody here says nothing: whoever wants to hide leaves the trailer out.
  for (const email of coAuthors) {
    const login = addresses.get(email) ?? loginIn(email);
    if (login !== undefined) logins.add(login);
  }
  return { logins, strange, ours };
}

function coAuthorsOf(message: string): string[] {
  return [...message.matchAll(/^co-authored-by:[^<\n]*<([^>\n]+)>/gim)].map(([, email = ""]) =>
    email.trim().toLowerCase(),
  );
}

/** GitHub's own addresses hold the login: `1234+alice@users.noreply.github.com`. */
function loginIn(email: string): string | undefined {
  return /^(?:\d+\+)?([a-z\d-]+(?:\[bot\])?)@users\.noreply\./.exec(email)?.[1];
}

/** What is committed on GitHub's site is committed by GitHub. */
function isGitHub(account: Account | null, committer: { email?: string } | null, signed: boolean): boolean {
  return account?.login === "web-flow" || (signed && committer?.email === "noreply@github.com");
}
