import { Bug } from "../errors.ts";
import { marker } from "../text/markdown.ts";
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
  /** ISO 8601; when it was closed without a merge. Absent of one that is open or merged. */
  readonly closed?: string;
}

export interface PullText {
  readonly branch: string;
  readonly base: string;
  readonly title: string;
  readonly body: string;
}

/**
 * Hidden at the end of what we closed ourselves, put there by the very call that closes: so the list of pull requests tells it from what a person
 * closed, also where the token is a person's. The text is written anew when one is reopened.
 */
const WITHDRAWN = marker("withdrawn");

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
  // A fork's branch of the same name is somebody else's; and GitHub ignores a filter that it cannot read.
  return data.filter((pull) => pull.head.ref === branch && isHere(pull, fullName)).map(pullOf);
}

/** Whether the branch is this repository's: a fork's of the same name is somebody else's. */
export function isHere(
  pull: { readonly head: { readonly repo: { readonly full_name: string } | null } },
  fullName: string,
): boolean {
  return pull.head.repo?.full_name.toLowerCase() === fullName.toLowerCase();
}

/** A pull request as GitHub's answers have it, whole or in a list. */
interface PullAnswer {
  readonly number: number;
  readonly html_url: string;
  readonly state: string;
  readonly merged_at: string | null;
  readonly closed_at: string | null;
  readonly created_at: string;
  readonly title: string;
  readonly body: string | null;
  readonly base: { readonly ref: string };
  readonly head: { readonly sha: string };
}

export function pullOf(pull: PullAnswer): Pull {
  return {
    number: pull.number,
    url: pull.html_url,
    state: pull.state === "open" ? ("open" as const) : ("closed" as const),
    merged: pull.merged_at !== null,
    title: pull.title,
    body: pull.body ?? "",
    base: pull.base.ref,
    headSha: pull.head.sha,
    created: pull.created_at,
    ...(pull.merged_at !== null || pull.closed_at === null ? {} : { closed: pull.closed_at }),
  };
}

/** Whether we closed it. */
export function isWithdrawn({ closed, body }: Pull): boolean {
  return closed !== undefined && body.includes(WITHDRAWN);
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
    async (): Promise<Pull> => {
      const { data } = await github.rest.pulls.create({ ...github.here, head: branch, base, title, body });
      const { number, html_url: url, head, created_at: created } = data;
      return { number, url, state: "open", merged: false, title, body, base, headSha: head.sha, created };
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

/** What an open pull request says that it should not; nothing where it says what it should. */
export function pullChange(text: PullText, open: Pull): Partial<Pick<PullText, "title" | "body" | "base">> {
  return {
    ...(text.title.trim() === open.title.trim() ? {} : { title: text.title }),
    ...(sameText(text.body, open.body) ? {} : { body: text.body }),
    // Merged into any other branch it would approve nothing.
    ...(text.base === open.base ? {} : { base: text.base }),
  };
}

async function updatePull(github: GitHub, text: PullText, open: Pull) {
  const change = pullChange(text, open);
  if (Object.keys(change).length === 0) return { pull: open, action: "unchanged" as const };
  await github.rest.pulls.update({ ...github.here, pull_number: open.number, ...change });
  return { pull: { ...open, ...change }, action: "updated" as const };
}

export async function closePull(github: GitHub, open: Pull): Promise<void> {
  const marked = `${open.body.trimEnd()}\n\n${WITHDRAWN}`;
  const fits = [...marked].length <= LONGEST_BODY;
  await github.rest.pulls.update({
    ...github.here,
    pull_number: open.number,
    state: "closed",
    body: fits ? marked : WITHDRAWN,
  });
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
