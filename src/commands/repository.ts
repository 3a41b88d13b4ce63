import { UsageError } from "../errors.ts";
import { createGitHub, type GitHub } from "../github/client.ts";
import { type CommandInput, text } from "./command.ts";

export interface OpenRepository {
  readonly github: GitHub;
  readonly token: string;
}

/**
 * GitHub for commands that only look: in a workflow's job, or on the machine of somebody who names the repository, as an argument or by
 * GITHUB_REPOSITORY. Nothing else of a runner is needed. Errors: UsageError.
 */
export async function openRepository(input: CommandInput): Promise<OpenRepository> {
  const { io } = input;
  const [named, ...more] = input.arguments;
  if (more.length > 0) throw new UsageError("one repository at a time: owner/name");
  const repository = named ?? io.env["GITHUB_REPOSITORY"] ?? "";
  if (repository === "") throw new UsageError("name the repository as owner/name, or set GITHUB_REPOSITORY");
  const token = text(input, "github-token") ?? io.env["GITHUB_TOKEN"] ?? "";
  const github = await createGitHub({
    token,
    apiUrl: io.env["GITHUB_API_URL"] ?? "https://api.github.com",
    repository,
    clock: io.clock,
    random: io.random,
    logger: { debug: () => undefined, warn: (message) => io.stderr.write(`${message}\n`) },
    actor: text(input, "actor"),
  });
  return { github, token };
}
