import { expect, test } from "vitest";
import { isEnterpriseServer, weakerTiers } from "../../src/github/weaker.ts";

const GITHUB = "https://api.github.com";
const SERVER = "https://ghes.acme.example/api/v3";
const told = (token: string, actor: string | undefined, apiUrl = GITHUB): string[] =>
  weakerTiers({ token, actor, apiUrl }).map((words) => words.slice(0, 30));
const JOB = "Made with the job's own token:";
const UNSIGNED = "On GitHub Enterprise Server no";

test.each([
  ["the job's own token", told("ghs_x", undefined), [JOB]],
  ["the same, named", told("ghs_x", "github-actions[bot]"), [JOB]],
  ["an app's", told("ghs_x", "my-app[bot]"), []],
  ["a person's", told("github_pat_x", undefined), []],
  ["an app's on a server of one's own", told("ghs_x", "my-app[bot]", SERVER), [UNSIGNED]],
  ["the job's own there", told("ghs_x", undefined, `${SERVER}/`), [JOB, UNSIGNED]],
])("what is weaker with %s", (_, got, wanted) => {
  expect(got).toEqual(wanted);
});

test("only an API below a server's own address is an Enterprise Server's", () => {
  const others = [GITHUB, "https://api.acme.ghe.com", "https://ghes.acme.example/api/v3x", ""];
  expect(others.filter(isEnterpriseServer)).toEqual([]);
});
