import { type Check, publishCheck } from "./check.ts";
import type { GitHub } from "./client.ts";
import { upsertComment } from "./comment.ts";
import { GitHubError } from "./errors.ts";

/** What a preview says in its pull request. */
export interface PreviewWords {
  /** Number of the pull request. */
  readonly pull: number;
  readonly check: Check;
  /** The hidden first line of its comment. */
  readonly marker: string;
  comment(): string;
  /** A comment that is there is brought up to date, and none is made. */
  readonly onlyEdit: boolean;
}

/** What could not be written, and why. */
export interface NotWritten {
  readonly what: "check" | "comment";
  readonly error: GitHubError;
}

/** Writes the preview's check and its comment, each whether or not the other could be. Gives what GitHub refused. */
export async function publishPreview(github: GitHub, words: PreviewWords): Promise<readonly NotWritten[]> {
  const failed: NotWritten[] = [];
  const attempt = async (what: NotWritten["what"], write: () => Promise<unknown>): Promise<void> => {
    try {
      await write();
    } catch (error) {
      if (!(error instanceof GitHubError)) throw error;
      failed.push({ what, error });
    }
  };
  const { pull, check, marker, onlyEdit } = words;
  await attempt("check", () => publishCheck(github, check));
  await attempt("comment", async () => {
    if (onlyEdit && !(await hasComment(github, pull, marker))) return;
    await upsertComment(github, pull, marker, words.comment());
  });
  return failed;
}

async function hasComment({ here, rest }: GitHub, pull: number, marker: string): Promise<boolean> {
  const { data } = await rest.issues.listComments({ ...here, issue_number: pull, per_page: 100 });
  return data.some(({ body }) => body?.startsWith(marker) === true);
}
