import { expect, test } from "vitest";
import { type Claim, takeClaim } from "../../src/apply/claim.ts";
import { branchClaim } from "../../src/github/claim-branch.ts";
import { branchJournal } from "../../src/github/journal-branch.ts";
import { runIsOver } from "../../src/github/run-over.ts";
import type { FaultEffect } from "../support/github/faults.ts";
import { assertCleanAfterEach, start } from "../support/github/harness.ts";
import { connect, during, operations } from "./client-under-test.ts";

assertCleanAfterEach();
const BRANCH = "evenkeel/journal";

async function begin() {
  const made = await start();
  let nonce = 0;
  const take = async (run: string) => {
    const { client, clock } = await connect(made.github);
    nonce += 0.01;
    const random = nonce;
    const claim = await takeClaim(branchClaim(client, BRANCH), {
      run,
      clock,
      random: () => random,
      debug: () => undefined,
    });
    return { claim, clock };
  };
  return { ...made, take };
}
function held(claim: Claim | { readonly heldBy: unknown }): Claim {
  if ("heldBy" in claim) throw new Error("held by another run");
  return claim;
}

test("a claim is three calls of GitHub, and four more where the branch begins with it; it stands beside the journal", async () => {
  const { github, repo, take } = await begin();
  const first = await during(github, async () => held((await take("7-1")).claim).release());
  expect(operations(first.calls)).toEqual([
    "repos/get-content",
    "repos/create-or-update-file-contents",
    "git/create-tree",
    "git/create-commit",
    "git/create-ref",
    "repos/create-or-update-file-contents",
    "repos/create-or-update-file-contents",
  ]);
  const second = await during(github, async () => held((await take("8-1")).claim).release());
  expect(operations(second.calls)).toEqual([
    "repos/get-content",
    "repos/create-or-update-file-contents",
    "repos/create-or-update-file-contents",
  ]);
  expect([...repo.files(BRANCH).keys()].sort()).toEqual(["README.md", "claim.json"]);
  const { client } = await connect(github);
  expect((await branchJournal(client, { run: "9-1" }).read()).records).toEqual([]);
});

test("of many at once one gets it; while it is held, everybody else is told by whom", async () => {
  const { take } = await begin();
  const all = await Promise.all(["1-1", "2-1", "3-1", "4-1"].map(take));
  const won = all.filter(({ claim }) => !("heldBy" in claim));
  expect(won).toHaveLength(1);
  for (const { claim } of all)
    if ("heldBy" in claim) expect(claim.heldBy).toMatchObject({ run: expect.stringMatching(/^[1-4]-1$/) });
});

const STRIKES: readonly [string, FaultEffect][] = [
  ["reset before", { reset: true }],
  ["reset after", { afterWrite: "reset" }],
  ["502 after", { afterWrite: { status: 502, body: { message: "Server Error" } } }],
  ["409", { status: 409, body: { message: "is at 1 but expected 2" } }],
];
test.each(STRIKES)(
  "%s at taking, at holding and at releasing it: it is ours, and free afterwards",
  async (_, effect) => {
    for (const skip of [0, 1, 2]) {
      const { github, repo, take } = await begin();
      repo.commit(BRANCH, { "README.md": "x\n" });
      const fault = github.fault({ route: "repos/create-or-update-file-contents", skip }, effect);
      const { claim, clock } = await take("7-1");
      await clock.sleep(5 * 60_000);
      await held(claim).hold();
      await held(claim).release();
      expect(fault.hits).toBe(1);
      expect(repo.file(BRANCH, "claim.json")).toContain('"released":true');
    }
  },
);

test("a run that writes its journal meanwhile takes nobody's claim away", async () => {
  const { github, take } = await begin();
  const { claim, clock } = await take("7-1");
  const { client } = await connect(github);
  const journal = branchJournal(client, { run: "8-1" });
  const at = "2026-03-01T00:00:00.000Z";
  await journal.append([
    { record: "grace", at, run: "8-1", stage: "started", policy: "p", account: "111111111111", findings: [] },
  ]);
  await clock.sleep(5 * 60_000);
  await held(claim).hold();
});

test("a token that may not write cannot take it, and says what it needs", async () => {
  const { github } = await start();
  const { client, clock } = await connect(github, { token: "ghs_reader" });
  const taking = takeClaim(branchClaim(client, BRANCH), {
    run: "7-1",
    clock,
    random: () => 0.5,
    debug: () => undefined,
  });
  await expect(taking).rejects.toMatchObject({ kind: "denied", remedy: expect.stringContaining("contents: write") });
});

test("a run is over when GitHub says so, or when its next attempt has begun; what GitHub does not tell is not over", async () => {
  const { github, repo } = await start();
  const { client } = await connect(github);
  repo.workflowRun(50, { status: "in_progress", attempt: 2 });
  repo.workflowRun(51, { status: "completed", attempt: 1 });
  const over = (run: string) => runIsOver(client, run);
  expect([await over("50-1"), await over("50-2"), await over("51-1"), await over("52-1")]).toEqual([
    true,
    false,
    true,
    false,
  ]);
  const from = github.log.length;
  expect(await over("evenkeel-terminal")).toBe(false);
  expect(github.log).toHaveLength(from);
  const { client: reader } = await connect(github, { token: "ghs_reader" });
  expect(await runIsOver(reader, "51-1")).toBe(false);
});

test("a tag of the branch's name says nothing of the claim", async () => {
  const { repo, take } = await begin();
  const old = held((await take("7-1")).claim);
  const refs = repo.state.refs;
  refs.set(`refs/tags/${BRANCH}`, refs.get(`refs/heads/${BRANCH}`) ?? "");
  await old.release();
  held((await take("8-1")).claim);
});
