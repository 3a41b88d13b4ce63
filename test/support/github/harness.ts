/** What the stand-in's own tests share: a seeded repository, one client for each token, and the final look at what went wrong. */
import { getOctokit } from "@actions/github";
import { afterEach, expect } from "vitest";
import { type GitHubOptions, type GitHubStandIn, startGitHub } from "./server.ts";

export const here = { owner: "acme", repo: "policies" };
const running: GitHubStandIn[] = [];

/** A minute later with every look, so that "newest" is never a matter of luck. */
function steppingClock(): () => Date {
  let at = Date.parse("2026-03-01T06:00:00Z");
  return () => {
    at += 60_000;
    return new Date(at);
  };
}

export async function start(options: GitHubOptions = {}) {
  const github = await startGitHub({
    now: steppingClock(),
    tokens: {
      ghs_actions: { login: "github-actions[bot]" },
      ghs_app: { login: "evenkeel[bot]" },
      ghs_reader: { login: "reader[bot]", permissions: { contents: "read", pull_requests: "read" } },
      ghp_alice: { login: "alice" },
      ghp_admin: { login: "root", role: "admin" },
    },
    ...options,
  });
  running.push(github);
  github.repo.seed({ "README.md": "# Policies\n", "policies/s3.yaml": "a\nb\nc\nd\ne\nf\n" });
  const as = (token: string) => getOctokit(token, { baseUrl: github.url, request: { retries: 0 } }).rest;
  return { github, repo: github.repo, as, bot: as("ghs_actions") };
}

/** Called once in each test file. */
export function assertCleanAfterEach(): void {
  afterEach(async () => {
    // Whatever a test was about: no request and no answer may break GitHub's description, no call may miss.
    for (const github of running.splice(0)) {
      await github.close();
      expect(github.problems).toEqual([]);
      expect(github.unknownRoutes).toEqual([]);
    }
  });
}

/** The refusal of a call that must fail. */
export async function refusal(call: Promise<unknown>): Promise<{ status: number; text: string }> {
  const error: unknown = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof Error) || !("status" in error)) throw new Error(`The call was not refused: ${String(error)}`);
  return { status: Number(error.status), text: error.message };
}
