/** The apply job killed (SIGKILL, as a runner that goes away) in the middle, then run again as GitHub's re-run button does. */
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { ActionEnded } from "../support/runner.ts";
import { type Company, configOf, JOURNAL, type Repository, startCompany } from "./company.ts";

let company: Company;
beforeAll(async () => {
  company = await startCompany();
}, 180_000);
afterEach(() => company.stage.proxy.rules.clear());
afterAll(() => company.stop());

const WRITE = /^Put(BucketVersioning|PublicAccessBlock)$/;

/** Four items, approved and merged. */
async function approved(): Promise<{ repository: Repository; pull: number; writes: string[] }> {
  const { account, buckets } = await company.buckets("orders", "uploads");
  const policies = ["s3_bucket_versioning", "s3_bucket_public_access_block"];
  const repository = await company.repository(configOf([account], policies));
  expect(await repository.report()).toMatchObject({ exit: 0, outputs: { planned: "4" } });
  const writes = ["PutBucketVersioning", "PutPublicAccessBlock"].flatMap((call) =>
    buckets.map((bucket) => `s3:${call} ${bucket}`),
  );
  return { repository, pull: repository.merge(), writes: writes.sort() };
}

/** Starts the apply job and gives its end; `kill` is called with what ends it at once. */
async function killed(repository: Repository, kill: (end: () => void) => unknown): Promise<void> {
  const { child, ended } = await repository.start({ command: "apply" }, { event: "push" });
  await kill(() => void child.kill("SIGKILL"));
  expect(await ended).toMatchObject({ exit: null, signal: "SIGKILL" });
}

/** `again`: the run after the killed one; `left`: the items that were not finished in the journal when it began. */
async function expectFinished(repository: Repository, pull: number, again: ActionEnded, left = 4): Promise<void> {
  expect(again.exit).toBe(0);
  expect(Number(again.outputs["applied"]) + Number(again.outputs["already_ok"])).toBe(left);
  expect(repository.repo.comments(pull)).toHaveLength(1);
  expect(repository.repo.comments(pull)[0]?.body).toContain("approved 4 = ");
}

test.each([1, 3])(
  "killed right after AWS has made write %i of 4: run again, everything is done, and once",
  async (nth) => {
    const { repository, pull, writes } = await approved();
    const { result, sent } = await company.sent(async () => {
      await killed(repository, (end) =>
        company.stage.proxy.rules.on({ operation: WRITE, skip: nth - 1 }, end, { when: "after", times: 1 }),
      );
      company.stage.proxy.rules.clear();
      return repository.apply();
    });
    expect(sent).toEqual(writes);
    await expectFinished(repository, pull, result);
    // Whatever was cut off, the journal can be read, and takes everything back.
    const undo = { command: "undo", plan: result.outputs["plan_digest"] ?? "", apply: "true", out: "-" };
    expect(await (await repository.start(undo)).ended).toMatchObject({ exit: 0, outputs: { undone: "4" } });
  },
);

test("killed while a write has not reached AWS: the next run makes it", async () => {
  const { repository, pull, writes } = await approved();
  const { result, sent } = await company.sent(async () => {
    await killed(repository, (end) => {
      const hook = (): void => {
        end();
        throw new Error("the packet went with the process");
      };
      company.stage.proxy.rules.on({ operation: WRITE, skip: 1 }, hook, { times: 1 });
    });
    company.stage.proxy.rules.clear();
    return repository.apply();
  });
  expect(sent).toEqual(writes);
  await expectFinished(repository, pull, result);
});

// The branch is not there; the claim; the canaries' intents, the others', what waited; the claim given back.
test.each([0, 1, 2, 3, 4, 5])(
  "killed while GitHub was still at write %i of the journal's branch: nothing is done twice or lost",
  async (skip) => {
    const { repository, pull, writes } = await approved();
    const { github } = repository;
    const route = "repos/create-or-update-file-contents";
    const { result, sent } = await company.sent(async () => {
      const slow = github.fault({ route, skip }, { delayMs: 400 });
      await killed(repository, async (end) => {
        await expect.poll(() => slow.hits, { timeout: 10_000, interval: 10 }).toBe(1);
        end();
      });
      // GitHub does it all the same, after its sender is gone.
      await expect.poll(() => github.calls(route).length, { timeout: 2_000 }).toBeGreaterThan(skip);
      return repository.apply();
    });
    expect(sent).toEqual(writes);
    // From the fifth on the journal has all outcomes, and a run that finds nothing left counts nothing.
    await expectFinished(repository, pull, result, skip < 4 ? 4 : 0);
  },
);

test("killed before the result: the next run has nothing to apply, and tells it on the pull request all the same", async () => {
  const { repository, pull } = await approved();
  const { github, repo } = repository;
  const slow = github.fault({ route: "checks/list-for-ref" }, { delayMs: 400 });
  await killed(repository, async (end) => {
    await expect.poll(() => slow.hits, { timeout: 10_000, interval: 10 }).toBe(1);
    end();
  });
  expect(repo.comments(pull).map(({ body }) => body)).toEqual([
    expect.stringContaining("## Applying 4 approved changes"),
  ]);
  const { sent } = await company.sent(() => repository.apply());
  expect(sent).toEqual([]);
  expect(repo.comments(pull).map(({ body }) => body)).toEqual([expect.stringContaining("## 4 applied")]);
  expect(repo.checks("main")).toMatchObject([{ name: "evenkeel/apply", conclusion: "success" }]);
});

test("two apply jobs at once: one waits for the other; nothing is made twice, nothing fails, and the journal is whole", async () => {
  const { repository, pull, writes } = await approved();
  const { result, sent } = await company.sent(() =>
    Promise.all([repository.apply({ runId: 50 }), repository.apply({ runId: 51 })]),
  );
  expect(sent).toEqual(writes);
  expect(result.map(({ exit }) => exit)).toEqual([0, 0]);
  // One applies all; the other finds nothing left, and leaves the first one's word on the pull request.
  expect(result.map(({ outputs }) => outputs["applied"]).sort()).toEqual(["0", "4"]);
  expect(repository.repo.comments(pull).map(({ body }) => body?.includes("approved 4 = applied 4"))).toEqual([true]);
  const files = [...repository.repo.files(JOURNAL).entries()].filter(([path]) => path.endsWith(".jsonl"));
  expect(files).toHaveLength(1);
  expect(repository.repo.file(JOURNAL, "claim.json")).toContain('"released":true');
  const undo = {
    command: "undo",
    plan: result.map(({ outputs }) => outputs["plan_digest"]).join(""),
    apply: "true",
    out: "-",
  };
  expect(await (await repository.start(undo)).ended).toMatchObject({ exit: 0, outputs: { undone: "4" } });
});

test("a run that died holding the claim does not keep out the next, where GitHub says that it is over", async () => {
  const { repository, writes } = await approved();
  const { result, sent } = await company.sent(async () => {
    const { child, ended } = await repository.start({ command: "apply" }, { event: "push", runId: 60 });
    company.stage.proxy.rules.on({ operation: WRITE, skip: 1 }, () => void child.kill("SIGKILL"), {
      when: "after",
      times: 1,
    });
    expect(await ended).toMatchObject({ signal: "SIGKILL" });
    company.stage.proxy.rules.clear();
    expect(repository.repo.file(JOURNAL, "claim.json")).toContain('"run":"60-');
    repository.repo.workflowRun(60, { status: "completed", attempt: 1 });
    return repository.apply({ runId: 61, attempt: 1 });
  });
  expect(sent).toEqual(writes);
  expect(result).toMatchObject({ exit: 0, outputs: { failed: "0", not_started: "0" } });
});
