import type { GitHub } from "./client.ts";
import { GitHubError, orAlready } from "./errors.ts";
import { sameText } from "./pulls.ts";

export interface IssueText {
  /** The hidden first line by which the issue is found again (`<!-- evenkeel:dashboard v1 -->`). */
  readonly marker: string;
  readonly title: string;
  readonly body: string;
  /** Whether two bodies say the same, so that nothing is to be written; letter by letter unless told. */
  readonly same?: (stored: string, wanted: string) => boolean;
}

export interface PublishedIssue {
  readonly number: number;
  readonly url: string;
  readonly action: "created" | "updated" | "unchanged";
}

const PAGE = 100;
/** With the oldest first the issue is on the first page in all but the busiest repositories. */
const PAGES = 20;

/**
 * One issue for each purpose: the open one that is ours and begins with `marker` is edited in place, or the first one made; what says the same is
 * not written. One that somebody closed stays closed, and another is made. Errors: GitHubError, also where GitHub answered that all is well but
 * did not store the text.
 */
export async function upsertIssue(github: GitHub, text: IssueText): Promise<PublishedIssue> {
  const { here, rest } = github;
  const { marker, title, same = sameText } = text;
  const body = text.body.startsWith(marker) ? text.body : `${marker}\n${text.body}`;
  const known = await findIssue(github, marker);
  if (known === undefined) {
    return orAlready(
      async () => {
        const { data } = await rest.issues.create({ ...here, title, body });
        return { number: data.number, url: data.html_url, action: "created" as const };
      },
      async () => {
        const made = await findIssue(github, marker);
        return made === undefined ? undefined : { number: made.number, url: made.url, action: "created" as const };
      },
    );
  }
  const { number, url } = known;
  if (known.title === title && same(known.body, body)) return { number, url, action: "unchanged" };
  await rest.issues.update({ ...here, issue_number: number, title, body });
  // A body beyond GitHub's limit is answered with 200 and not stored.
  const { data } = await rest.issues.get({ ...here, issue_number: number });
  if (!sameText(data.body ?? "", body)) throw notStored(number, Buffer.byteLength(body));
  return { number, url, action: "updated" };
}

/** The number of the issue that `upsertIssue` would edit; undefined where it would make one. Errors: GitHubError. */
export async function knownIssue(github: GitHub, marker: string): Promise<number | undefined> {
  return (await findIssue(github, marker))?.number;
}

function notStored(number: number, size: number): GitHubError {
  return new GitHubError({
    kind: "invalid",
    operation: "PATCH /issues/{issue_number}",
    status: 200,
    attempts: 1,
    requestId: "",
    detail: `issue ${number} does not hold the ${size} bytes that were written to it`,
    remedy: "run again; where it stays so, the text is larger than GitHub stores",
    maybeDone: false,
  });
}

/** Ours, open, and the marker first: a reader who quotes the issue quotes the marker too. */
async function findIssue(github: GitHub, marker: string) {
  const isOurs = await github.me();
  for (let page = 1; page <= PAGES; page++) {
    const { data } = await github.rest.issues.listForRepo({
      ...github.here,
      state: "open",
      sort: "created",
      direction: "asc",
      per_page: PAGE,
      page,
    });
    // GitHub lists pull requests among the issues.
    const found = data.find(
      ({ user, body, pull_request: pull }) => pull === undefined && isOurs(user) && body?.startsWith(marker) === true,
    );
    if (found !== undefined)
      return { number: found.number, url: found.html_url, title: found.title, body: found.body ?? "" };
    if (data.length < PAGE) return undefined;
  }
  // To make one now might be to make one in every run.
  throw new GitHubError({
    kind: "unsupported",
    operation: "GET /issues",
    status: 200,
    attempts: 1,
    requestId: "",
    detail: `it is not among the ${PAGE * PAGES} oldest open issues and pull requests, where alone it is looked for`,
    remedy: "close what is done with",
    maybeDone: false,
  });
}
