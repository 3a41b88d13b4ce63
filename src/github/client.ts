import type { getOctokit } from "@actions/github";
import { UsageError } from "../errors.ts";
import { plain } from "../text/plain.ts";
import type { Clock } from "../types/clock.ts";
import { absent, GitHubError } from "./errors.ts";
import { type GitHubLogger, retrying } from "./retry.ts";
import { isEnterpriseServer, isJobToken, weakerTiers } from "./weaker.ts";

type Octokit = ReturnType<typeof getOctokit>;

export interface GitHubOptions {
  readonly token: string;
  /** GITHUB_API_URL: `https://api.github.com`, or an Enterprise Server's `https://HOST/api/v3`. */
  readonly apiUrl: string;
  /** `owner/name`. */
  readonly repository: string;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: GitHubLogger;
  /**
   * The login the token acts as (`my-app[bot]`). Tokens of people can be asked; those of apps cannot, and without it any bot's comments and
   * commits that carry our mark count as ours.
   */
  readonly actor?: string | undefined;
  /** Milliseconds the client may wait for rate limits and repairs in all; two minutes unless said. */
  readonly patience?: number | undefined;
  /** Milliseconds for one request; 30 s unless said. */
  readonly timeout?: number | undefined;
}

export interface About {
  /** As GitHub spells it. */
  readonly fullName: string;
  readonly defaultBranch: string;
  readonly private: boolean;
}

/** An account as GitHub's answers name one. */
export interface Account {
  readonly login?: string;
  readonly type?: string;
}

export interface GitHub {
  /** The path parameters of every call: `{ owner, repo }`. */
  readonly here: { readonly owner: string; readonly repo: string };
  /** Octokit's typed calls; retried, counted, and failing with GitHubError. */
  readonly rest: Octokit["rest"];
  readonly clock: Clock;
  readonly logger: GitHubLogger;
  /** What holds less with this token and on this server, in sentences; empty where nothing does. */
  readonly weaker: readonly string[];
  /** Whether the token is the job's own, as far as can be told: what it makes starts no workflows. */
  readonly jobToken: boolean;
  /** Whether it is a GitHub Enterprise Server. */
  readonly enterprise: boolean;
  /** Requests sent so far, repeated ones included. */
  readonly calls: number;
  /** The repository; asked for once. Errors: UsageError where the token's repository is another than the one expected. */
  about(): Promise<About>;
  /** Tells our own account from others; asked for once. */
  me(): Promise<(account: Account | null | undefined) => boolean>;
}

/** A run that asks more often does something wrong (1,000 an hour is all that a job's token has); told once, never refused: a journal must be written. */
const CALLS_A_RUN = 40;

/** The only way to GitHub. Octokit is loaded here, not at start-up: most commands never need it. */
export async function createGitHub(options: GitHubOptions): Promise<GitHub> {
  const [owner = "", repo = "", more] = options.repository.split("/");
  if (owner === "" || repo === "" || more !== undefined) {
    throw new UsageError(`the repository is written owner/name, not ${plain(options.repository, 100)}`);
  }
  if (options.token === "") throw new UsageError("no GitHub token was given (the input `token`, or GITHUB_TOKEN)");
  const { getOctokit } = await import("@actions/github");
  const { clock, logger, timeout = 30_000 } = options;
  const quiet = (message: string): void => logger.debug(plain(message));
  const octokit = getOctokit(options.token, {
    baseUrl: options.apiUrl.replace(/\/+$/, ""),
    userAgent: "evenkeel",
    log: { debug: () => {}, info: quiet, warn: quiet, error: quiet },
  });
  let calls = 0;
  const request = retrying({
    clock,
    logger,
    random: options.random,
    repository: options.repository,
    patience: options.patience ?? 120_000,
    onRequest: () => {
      calls += 1;
      if (calls === CALLS_A_RUN + 1)
        logger.warn(
          `this run has made more than ${CALLS_A_RUN} calls to GitHub, which limits them for each hour; it goes on`,
        );
    },
  });
  octokit.hook.wrap("request", (send, sent) => {
    const path = sent.url.replace(/^\/repos\/\{owner\}\/\{repo\}/, "");
    return request(`${sent.method} ${path === "" ? "/" : path}`, async () => {
      // Written into the options: those that a hook hands on are not the ones that the hooks inside of it get.
      sent.request = { ...sent.request, signal: AbortSignal.timeout(timeout) };
      return send(sent);
    });
  });

  const here = { owner, repo };
  let about: Promise<About> | undefined;
  let me: Promise<(account: Account | null | undefined) => boolean> | undefined;
  return {
    here,
    rest: octokit.rest,
    clock,
    logger,
    weaker: weakerTiers(options),
    jobToken: isJobToken(options),
    enterprise: isEnterpriseServer(options.apiUrl),
    get calls() {
      return calls;
    },
    about() {
      about ??= readAbout(octokit, here, options.repository);
      return about;
    },
    me() {
      me ??= identify(octokit, options);
      return me;
    },
  };
}

async function readAbout(octokit: Octokit, here: GitHub["here"], expected: string): Promise<About> {
  const { data } = await octokit.rest.repos.get(here);
  // GitHub leads the old name of a renamed repository to the new one; trust policies and journals still say the old.
  if (data.full_name.toLowerCase() !== expected.toLowerCase()) {
    throw new UsageError(
      `the token leads to ${plain(data.full_name, 200)}, not to ${expected}: was the repository renamed?`,
    );
  }
  return { fullName: data.full_name, defaultBranch: data.default_branch, private: data.private };
}

async function identify(octokit: Octokit, options: GitHubOptions) {
  const login = options.actor ?? (options.token.startsWith("ghs_") ? undefined : await askLogin(octokit));
  const isBot = (account: Account | null | undefined): boolean => account?.type === "Bot";
  if (login === undefined) return isBot;
  return (account: Account | null | undefined): boolean => account?.login?.toLowerCase() === login.toLowerCase();
}

/** Undefined for the token of an app, which stands for no account that could be asked for. */
async function askLogin(octokit: Octokit): Promise<string | undefined> {
  try {
    return (await absent(octokit.rest.users.getAuthenticated()))?.data.login;
  } catch (error) {
    if (error instanceof GitHubError && error.kind === "denied") return undefined;
    throw error;
  }
}
