import { expect, test } from "vitest";
import { STOP_BRANCH, stoppedOnGitHub } from "../../src/github/stop.ts";
import { assertCleanAfterEach, start } from "../support/github/harness.ts";
import { connect, during, operations } from "./client-under-test.ts";

assertCleanAfterEach();

test("on while the branch is there, off without it; one call; where GitHub does not say, on", async () => {
  const { github, repo } = await start();
  const { client } = await connect(github);
  const off = await during(github, () => stoppedOnGitHub(client));
  expect(off.result).toBeUndefined();
  expect(operations(off.calls)).toEqual(["git/get-ref"]);
  repo.setBranch(STOP_BRANCH, "main");
  expect(await stoppedOnGitHub(client)).toBe(`the branch ${STOP_BRANCH} is there; delete it to go on`);
  repo.deleteBranch(STOP_BRANCH);
  expect(await stoppedOnGitHub(client)).toBeUndefined();
  const fault = github.fault(
    { route: "git/get-ref" },
    { status: 403, body: { message: "no", documentation_url: "", status: "403" } },
  );
  expect(await stoppedOnGitHub(client)).toContain("could not be seen");
  expect(fault.hits).toBe(1);
});
