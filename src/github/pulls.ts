import { Bug } from "../errors.ts";
import type { GitHub } from "./client.ts";
import { orAlready } from "./errors.ts";

export interface Pull {
  readonly number: number;
  readonly url: string;
  readonly state: "open" | "closed";
  readonly merged: boolean;
  readonly title: string;
  readonly body: string;
  readonly base: string;
  /** Where the branch stood; of a closed one, where it stood when it was closed. */
  readonly headSha: string;
  /** ISO 8601; when it was opened. */
  readonly created: string;
}

export interface PullText {
  readonly branch: string;
  readonly base: string;
  readonly title: string;
  readonly body: string;
}

/** GitHub's limits, in code points: above them it refuses the pull request. */
const LONGEST_TITLE = 256;
const LONGEST_BODY = 65_536;

/** The pull requests from a branch of this repository, newest first, open or not. */
export async function pullsFrom(github: GitHub, branch: string): Promise<readonly Pull[]> {
  const { fullName } = await github.about();
  const { data } = await github.rest.pulls.list({
    ...github.here,
    head: `${github.here.owner}:${branch}`,
    state: "all",
    sort: "created",
    direction: "desc",
    per_page: 30,
  });
  // GitHub ignores a filter that it cannot read.
  return data.filter((pull) => pull.head.ref === branch && isHere(pull, fullName)).map(asPull);
}

const PAGE = 100;
const PAGES = 10;

/**
 * The open pull requests from branches of this repository whose names begin with `prefix`, by branch; the newest of each. One call in all but the
 * busiest repositories. `complete`: every open one was seen. Errors: GitHubError.
 */
export async function openPullsUnder(
  github: GitHub,
  prefix: string,
): Promise<{ readonly pulls: ReadonlyMap<string, Pull>; readonly complete: boolean }> {
  const { fullName } = await github.about();
  const pulls = new Map<string, Pull>();
  for (let page = 1; page <= PAGES; page++) {
    const { data } = await github.rest.pulls.list({
      ...github.here,
      state: "open",
      sort: "created",
      direction: "asc",
      per_page: PAGE,
      page,
    });
    for (const pull of data) {
      if (pull.head.ref.startsWith(prefix) && isHere(pull, fullName)) pulls.set(pull.head.ref, asPull(pull));
    }
    if (data.length < PAGE) return { pulls, complete: true };
  }
  return { pulls, complete: false };
}

type Listed = Awaited<ReturnType<GitHub["rest"]["pulls"]["list"]>>["data"][number];

/** A fork's branch of the same name is somebody else's. */
function isHere({ head }: Listed, fullName: string): boolean {
  return head.repo?.full_name.toLowerCase() === fullName.toLowerCase();
}

function asPull(pull: Listed): Pull {
  return {
    number: pull.number,
    url: pull.html_url,
    state: pull.state === "open" ? "open" : "closed",
    merged: pull.merged_at !== null,
    title: pull.title,
    body: pull.body ?? "",
    base: pull.base.ref,
    headSha: pull.head.sha,
    created: pull.created_at,
  };
}

/** Opens the branch's pull request, or brings the text of the open one up to date; never a second one. */
export async function ensurePull(
  github: GitHub,
  text: PullText,
  open: Pull | undefined,
): Promise<{ readonly pull: Pull; readonly action: "created" | "updated" | "unchanged" }> {
  assertFits(text);
  if (open !== undefined) return updatePull(github, text, open);
  const { branch, base, title, body } = text;
  let created = true;
  const pull = await orAlready(
    async () => {
      const { data } = await github.rest.pulls.create({ ...github.here, head: branch, base, title, body });
      const { number, html_url: url, head, created_at: created } = data;
      return { number, url, state: "open" as const, merged: false, title, body, base, headSha: head.sha, created };
    },
    async () => {
      created = false;
      return (await pullsFrom(github, branch)).find((one) => one.state === "open");
    },
  );
  if (created) return { pull, action: "created" };
  // Opened by the request whose answer was lost, or by a run beside this one.
  const { action } = await updatePull(github, text, pull);
  return { pull, action: action === "unchanged" ? "created" : action };
}

async function updatePull(github: GitHub, text: PullText, open: Pull) {
  const change = {
    ...(text.title.trim() === open.title.trim() ? {} : { title: text.title }),
    ...(sameText(text.body, open.body) ? {} : { body: text.body }),
    // Merged into any other branch it would approve nothing.
    ...(text.base === open.base ? {} : { base: text.base }),
  };
  if (Object.keys(change).length === 0) return { pull: open, action: "unchanged" as const };
  await github.rest.pulls.update({ ...github.here, pull_number: open.number, ...change });
  return { pull: { ...open, ...change }, action: "updated" as const };
}

export async function closePull(github: GitHub, open: Pull): Promise<void> {
  await github.rest.pulls.update({ ...github.here, pull_number: open.number, state: "closed" });
}

/** Whether two texts read the same: an edit in the browser turns line ends into CRLF, and says nothing by it. */
export function sameText(a: string, b: string): boolean {
  const normal = (text: string): string => text.replaceAll("\r\n", "\n").trim();
  return normal(a) === normal(b);
}

function assertFits({ title, body }: PullText): void {
  if ([...title].length > LONGEST_TITLE)
    throw new Bug(`the title of a pull request has more than ${LONGEST_TITLE} characters`);
  if ([...body].length > LONGEST_BODY)
    throw new Bug(`the body of a pull request has more than ${LONGEST_BODY} characters`);
}
