import { UsageError } from "../errors.ts";
import { plain } from "../text/plain.ts";

/** What a workflow run tells about itself, as far as commands need it. */
export interface RunnerContext {
  /** `owner/name`. */
  readonly repository: string;
  /** The commit that triggered the run; in a pull request GitHub's merge of head and base. */
  readonly sha: string;
  readonly ref: string;
  /** The branch `ref` names, or undefined for tags and pull requests. */
  readonly branch: string | undefined;
  /** From the event; undefined where it does not say. */
  readonly defaultBranch: string | undefined;
  readonly event: string;
  readonly runId: string;
  readonly attempt: number;
  /** Names this attempt in journals and sessions. */
  readonly run: string;
  readonly serverUrl: string;
  readonly apiUrl: string;
  readonly runUrl: string;
  readonly pullRequest: PullRequestContext | undefined;
}

export interface PullRequestContext {
  readonly number: number;
  readonly baseRef: string;
  readonly baseSha: string;
  readonly headRef: string;
  readonly headSha: string;
  /** The head is in another repository: its token may not write, and nothing of it is to be trusted. */
  readonly fork: boolean;
  readonly draft: boolean;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads the environment of a GitHub Actions runner and the event it points to. `readText` reads a file. Errors: UsageError with everything that is
 * missing or wrong.
 */
export async function runnerContext(
  env: Environment,
  readText: (path: string) => Promise<string>,
): Promise<RunnerContext> {
  const problems: string[] = [];
  const need = (name: string, pattern: RegExp, expected: string): string => {
    const value = env[name] ?? "";
    if (!pattern.test(value)) {
      problems.push(value === "" ? `${name} is not set` : `${name} is ${plain(value, 80)}, expected ${expected}`);
    }
    return value;
  };
  const repository = need("GITHUB_REPOSITORY", /^[\w.-]+\/[\w.-]+$/, "owner/name");
  const sha = need("GITHUB_SHA", /^[0-9a-f]{40,64}$/, "a commit's SHA");
  const ref = need("GITHUB_REF", /^refs\/./, "a full ref (refs/heads/main)");
  const event = need("GITHUB_EVENT_NAME", /^[a-z_]+$/, "the name of an event");
  const runId = need("GITHUB_RUN_ID", /^\d+$/, "a number");
  const attempt = need("GITHUB_RUN_ATTEMPT", /^[1-9]\d*$/, "a number from 1");
  const serverUrl = need("GITHUB_SERVER_URL", /^https?:\/\/[^\s]+$/, "an address").replace(/\/+$/, "");
  const apiUrl = need("GITHUB_API_URL", /^https?:\/\/[^\s]+$/, "an address").replace(/\/+$/, "");
  const payload = await readEvent(env["GITHUB_EVENT_PATH"] ?? "", readText, problems);
  const pull = member(payload, "pull_request");
  const pullRequest = pull === undefined ? undefined : pullRequestOf(pull, repository);
  if (event.startsWith("pull_request") && pullRequest === undefined && problems.length === 0) {
    problems.push(`the event ${event} names no pull request`);
  }
  if (problems.length > 0) {
    throw new UsageError(`this does not look like a GitHub Actions runner: ${problems.join("; ")}`);
  }
  return {
    repository,
    sha,
    ref,
    branch: ref.startsWith("refs/heads/") ? ref.slice("refs/heads/".length) : undefined,
    defaultBranch: text(member(member(payload, "repository"), "default_branch")),
    event,
    runId,
    attempt: Number(attempt),
    run: `${runId}-${attempt}`,
    serverUrl,
    apiUrl,
    runUrl: `${serverUrl}/${repository}/actions/runs/${runId}/attempts/${attempt}`,
    pullRequest,
  };
}

async function readEvent(
  path: string,
  readText: (path: string) => Promise<string>,
  problems: string[],
): Promise<unknown> {
  if (path === "") {
    problems.push("GITHUB_EVENT_PATH is not set");
    return undefined;
  }
  try {
    const payload: unknown = JSON.parse(await readText(path));
    return payload;
  } catch (error) {
    problems.push(
      `the file at GITHUB_EVENT_PATH cannot be read (${error instanceof SyntaxError ? "not JSON" : "no such file"})`,
    );
    return undefined;
  }
}

function pullRequestOf(pull: unknown, repository: string): PullRequestContext | undefined {
  const number = member(pull, "number");
  const [base, head] = [member(pull, "base"), member(pull, "head")];
  const [baseRef, baseSha] = [text(member(base, "ref")), text(member(base, "sha"))];
  const [headRef, headSha] = [text(member(head, "ref")), text(member(head, "sha"))];
  if (typeof number !== "number" || !Number.isInteger(number)) return undefined;
  if (baseRef === undefined || baseSha === undefined || headRef === undefined || headSha === undefined)
    return undefined;
  // The repository of a head is null once its fork is deleted: then it was a fork too.
  const from = text(member(member(head, "repo"), "full_name"));
  const fork = from?.toLowerCase() !== repository.toLowerCase();
  return { number, baseRef, baseSha, headRef, headSha, fork, draft: member(pull, "draft") === true };
}

/** Own members only: the payload is whatever stands in a file. */
function member(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, name)
    ? Reflect.get(value, name)
    : undefined;
}
const text = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined);
