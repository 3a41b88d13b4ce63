import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { stringify } from "yaml";
import { runCommand } from "../../src/cli.ts";
import { writePlan } from "../../src/plan/file.ts";
import { item, planOf } from "../github/client-under-test.ts";
import { assertCleanAfterEach, start } from "../support/github/harness.ts";
import { testIo } from "./io.ts";

assertCleanAfterEach();
const home = { root: join(import.meta.dirname, "../.."), data: join(import.meta.dirname, "../../generated") };
const folder = mkdtempSync(join(tmpdir(), "evenkeel-claim-"));
afterAll(() => rmSync(folder, { recursive: true }));
writeFileSync(
  join(folder, "evenkeel.yaml"),
  stringify({
    version: 1,
    accounts: [{ id: "111111111111", name: "one" }],
    roles: { read: { name: "evenkeel-read" }, remediate: { name: "evenkeel-remediate" } },
    policies: [{ use: "s3_bucket_versioning" }],
  }),
);
writeFileSync(join(folder, "plan.jsonl"), writePlan(planOf([item(1), item(2)])));

/** `apply --plan` in a job, with the journal on its branch, on which another run holds the claim. */
async function apply(seen: string) {
  const { github, repo } = await start();
  const claim = { evenkeel_claim: 1, run: "50-1", nonce: "n", since: "2026-03-08T00:00:00.000Z", seen };
  repo.commit("evenkeel/journal", { "claim.json": `${JSON.stringify(claim)}\n` });
  const event = join(folder, "event.json");
  writeFileSync(event, "{}");
  const { io, out, err } = testIo(folder, {
    GITHUB_REPOSITORY: "acme/policies",
    GITHUB_SHA: repo.head(),
    GITHUB_REF: "refs/heads/main",
    GITHUB_EVENT_NAME: "push",
    GITHUB_RUN_ID: "51",
    GITHUB_RUN_ATTEMPT: "1",
    GITHUB_SERVER_URL: github.url,
    GITHUB_API_URL: github.url,
    GITHUB_EVENT_PATH: event,
    GITHUB_TOKEN: "ghs_actions",
    // Whoever gets as far as AWS gets no further.
    AWS_ENDPOINT_URL: "http://127.0.0.1:9",
    AWS_ACCESS_KEY_ID: "x",
    AWS_SECRET_ACCESS_KEY: "x",
  });
  let now = io.clock.now();
  const clock = {
    now: () => now,
    sleep: async (ms: number) => {
      now += ms;
    },
  };
  const result = await runCommand("apply", home, ["--plan", "plan.jsonl"], { ...io, clock });
  return { result, out: out(), err: err(), repo, github };
}

test("while another run applies, nothing is: not started, exit code 3, who it is and what to do; it is waited for a little", async () => {
  const { result, out, repo, github } = await apply("2026-03-08T00:00:00.000Z");
  expect(result).toMatchObject({ exit: 3, outputs: { not_started: 2, applied: 0 } });
  expect(out.replace(/\s+/g, " ")).toContain("run 50-1 has been applying since 2026-03-08T00:00:00.000Z");
  expect(out.replace(/\s+/g, " ")).toContain("run apply again once it has ended");
  expect(github.log.filter(({ method }) => method !== "GET")).toEqual([]);
  expect(github.calls("actions/get-workflow-run")).toHaveLength(1);
  expect(github.calls("repos/get-content").length).toBeLessThan(12);
  expect(repo.file("evenkeel/journal", "claim.json")).toContain('"run":"50-1"');
});

test("a run that has been silent for long is taken over, and the claim given back at the end", async () => {
  const { result, repo } = await apply("2026-03-07T23:40:00.000Z");
  // The plan is none of this configuration's: its items end without a call, and not for want of the claim.
  expect(result).toMatchObject({ exit: 0, outputs: { not_started: 0, policy_gone: 2 } });
  expect(repo.file("evenkeel/journal", "claim.json")).toMatch(/"run":"51-1".*"released":true/);
});
