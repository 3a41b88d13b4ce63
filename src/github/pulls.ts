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
const PAGE = 100;

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
  return data.filter((pull) => pull.head.ref === branch && isFrom(pull, fullName)).map(pullOf);
}

export interface RecentPulls {
  /** By branch, newest first. */
  readonly byBranch: ReadonlyMap<string, readonly Pull[]>;
  /** ISO 8601; what was opened before may be missing. Undefined where nothing is. */
  readonly since: string | undefined;
}

/** The pull requests from branches of this repository whose names begin so, open or not, by one call: only among the newest of all. */
export async function recentPulls(github: GitHub, prefix: string): Promise<RecentPulls> {
  const { fullName } = await github.about();
  const { data } = await github.rest.pulls.list({
    ...github.here,
    state: "all",
    sort: "created",
    direction: "desc",
    per_page: PAGE,
  });
  const own = data.filter((pull) => pull.head.ref.startsWith(prefix) && isFrom(pull, fullName));
  const byBranch = Map.groupBy(own, ({ head }) => head.ref);
  return {
    byBranch: new Map([...byBranch].map(([branch, pulls]) => [branch, pulls.map(pullOf)])),
    since: data.length < PAGE ? undefined : data.at(-1)?.created_at,
  };
}

type Listed = Awaited<ReturnType<GitHub["rest"]["pulls"]["list"]>>["data"][number];

/** A fork's branch of the same name is somebody else's. */
function isFrom({ head }: Listed, fullName: string): boolean {
  return head.repo?.full_name.toLowerCase() === fullName.toLowerCase();
}

function pullOf(pull: Listed): Pull {
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
