import { Bug } from "../errors.ts";
import type { GitHub } from "./client.ts";
import { orAlready } from "./errors.ts";
import { sameText } from "./pulls.ts";

export interface PublishedComment {
  readonly id: number;
  readonly url: string;
  readonly action: "created" | "updated" | "unchanged";
}

/** In bytes. GitHub speaks of 65,536 characters and was seen to take 262,144 bytes: neither is to be relied on. */
export const COMMENT_BYTES = 60_000;
const PAGE = 100;
/** GitHub takes 2,500 comments on a thread and no more. */
const PAGES = 25;

/**
 * One comment for each purpose: the one that is ours and begins with `marker` (`<!-- evenkeel:preview -->`) is edited in place, or the first one
 * made; a body that reads the same is not written. `issue` is the number of an issue or pull request. `since` (ISO 8601): comments that were not
 * touched since are none of its purpose. Errors: GitHubError; Bug where the body is larger than COMMENT_BYTES.
 */
export async function upsertComment(
  github: GitHub,
  issue: number,
  marker: string,
  body: string,
  since?: string,
): Promise<PublishedComment> {
  const text = withMarker(marker, body);
  const known = await findComment(github, issue, marker, since);
  if (known === undefined) return makeComment(github, issue, marker, text, since);
  const { id, url } = known;
  if (sameText(known.body, text)) return { id, url, action: "unchanged" };
  await github.rest.issues.updateComment({ ...github.here, comment_id: id, body: text });
  return { id, url, action: "updated" };
}

/**
 * For what was to be said once and may not have been: a comment of ours that begins with `marker` stays whatever it says. `since` (ISO 8601): it cannot
 * be older, which saves the pages of a long thread. Errors: as `upsertComment`.
 */
export async function commentUnlessThere(
  github: GitHub,
  issue: number,
  marker: string,
  body: () => string,
  since?: string,
): Promise<void> {
  if ((await findComment(github, issue, marker, since)) !== undefined) return;
  await makeComment(github, issue, marker, withMarker(marker, body()), since);
}

/** Our comments of one thread, read once. What this run writes is among them; what others write meanwhile is not. */
export interface Thread {
  /** Ours that begin with `marker`, oldest first. */
  all(marker: string): readonly { readonly id: number; readonly body: string }[];
  /** Edits the first of ours that begins with `marker`, or makes it; a body that reads the same is not written. Errors: as `upsertComment`. */
  write(marker: string, body: string): Promise<void>;
  /** Makes a comment, unless one of ours begins with `start`, which the body has to. Errors: as `upsertComment`. */
  add(start: string, body: string): Promise<void>;
}

/** Opens the thread of an issue or pull request. One call for each hundred comments. Errors: GitHubError. */
export async function openThread(github: GitHub, issue: number): Promise<Thread> {
  const isOurs = await github.me();
  const known: { id: number; body: string }[] = [];
  for (let page = 1; page <= PAGES; page++) {
    const asked = { ...github.here, issue_number: issue, per_page: PAGE, page };
    const { data } = await github.rest.issues.listComments(asked);
    for (const { id, user, body } of data) if (isOurs(user)) known.push({ id, body: body ?? "" });
    if (data.length < PAGE) break;
  }
  const all = (marker: string) => known.filter(({ body }) => body.startsWith(marker));
  const make = async (marker: string, body: string): Promise<void> => {
    known.push({ id: (await makeComment(github, issue, marker, body)).id, body });
  };
  return {
    all,
    async add(start, body) {
      if (all(start).length === 0) await make(start, withMarker(start, body));
    },
    async write(marker, body) {
      const text = withMarker(marker, body);
      const [first] = all(marker);
      if (first === undefined) return make(marker, text);
      if (sameText(first.body, text)) return;
      await github.rest.issues.updateComment({ ...github.here, comment_id: first.id, body: text });
      first.body = text;
    },
  };
}

function withMarker(marker: string, body: string): string {
  const text = body.startsWith(marker) ? body : `${marker}\n${body}`;
  const size = Buffer.byteLength(text);
  if (size > COMMENT_BYTES) throw new Bug(`a comment of ${size} bytes; ${COMMENT_BYTES} is the most`);
  return text;
}

async function makeComment(
  github: GitHub,
  issue: number,
  marker: string,
  text: string,
  since?: string,
): Promise<PublishedComment> {
  const { here, rest } = github;
  return orAlready(
    async () => {
      const { data } = await rest.issues.createComment({ ...here, issue_number: issue, body: text });
      return { id: data.id, url: data.html_url, action: "created" as const };
    },
    async () => {
      const made = await findComment(github, issue, marker, since);
      return made === undefined ? undefined : { id: made.id, url: made.url, action: "created" as const };
    },
  );
}

/** Ours, and the marker first: a reader who quotes the comment quotes the marker too. */
async function findComment(github: GitHub, issue: number, marker: string, since?: string) {
  const isOurs = await github.me();
  for (let page = 1; page <= PAGES; page++) {
    const { data } = await github.rest.issues.listComments({
      ...github.here,
      issue_number: issue,
      ...(since === undefined ? {} : { since }),
      per_page: PAGE,
      page,
    });
    const found = data.find(({ user, body }) => isOurs(user) && body?.startsWith(marker) === true);
    if (found !== undefined) return { id: found.id, url: found.html_url, body: found.body ?? "" };
    if (data.length < PAGE) return undefined;
  }
  return undefined;
}
