import { readFile } from "node:fs/promises";
import { createGitHub, type GitHub } from "../github/client.ts";
import { type RunnerContext, runnerContext } from "../github/context.ts";
import { type CommandInput, text } from "./command.ts";

export const HUB_OPTIONS = { "github-token": { type: "string" }, actor: { type: "string" } } as const;

export const HUB_HELP = {
  "github-token": "token for GitHub's API (GITHUB_TOKEN)",
  actor: "login the token acts as, where it cannot be asked (my-app[bot])",
} as const;

export interface Hub {
  readonly github: GitHub;
  readonly context: RunnerContext;
}

/** GitHub, as the runner's environment tells of it. */
export async function openHub(input: CommandInput): Promise<Hub> {
  const { io } = input;
  const context = await runnerContext(io.env, (path) => readFile(path, "utf8"));
  const github = await createGitHub({
    token: text(input, "github-token") ?? io.env["GITHUB_TOKEN"] ?? "",
    apiUrl: context.apiUrl,
    repository: context.repository,
    clock: io.clock,
    random: io.random,
    logger: { debug: () => undefined, warn: (message) => io.stderr.write(`${message}\n`) },
    actor: text(input, "actor"),
  });
  return { github, context };
}

export const JOURNAL_BRANCH = "evenkeel/journal";
