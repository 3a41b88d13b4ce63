/** A run that is killed after its change and that nobody repeats: the next apply looks, says what became of it, and it can be taken back. */
import { GetBucketVersioningCommand } from "@aws-sdk/client-s3";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { ActionOptions } from "../support/runner.ts";
import { makeBucket } from "../support/world/s3.ts";
import { type Company, configOf, JOURNAL, PLAN, type Repository, startCompany } from "./company.ts";

let company: Company;
beforeAll(async () => {
  company = await startCompany();
}, 180_000);
afterEach(() => company.stage.proxy.rules.clear());
afterAll(() => company.stop());

/** The program takes it for so many minutes later; AWS and GitHub keep their time. */
function after(minutes: number): Pick<ActionOptions, "env"> {
  const script = `{const%20now=Date.now;Date.now=()=>now()+${minutes * 60_000}}`;
  return { env: { NODE_OPTIONS: `--import=data:text/javascript,${script}` } };
}

async function story(more: object = {}) {
  const clients = await company.stage.account();
  const bucket = await makeBucket(clients, `orders-${clients.account}`);
  const accounts = [{ id: clients.account, name: "dev", labels: { stage: "dev" } }];
  const policies = [{ use: "s3_bucket_versioning", where: { stage: "dev" }, ...more }];
  const repository = await company.repository(configOf([clients.account], policies, { accounts }));
  expect(await repository.report()).toMatchObject({ exit: 0, outputs: { planned: "1" } });
  const versioning = async () =>
    (await clients.s3.send(new GetBucketVersioningCommand({ Bucket: bucket }))).Status ?? "none";
  return { repository, bucket, versioning };
}

/** Killed when AWS has made the change, and its answer is on the way. */
async function killed(repository: Repository, inputs: Readonly<Record<string, string>>): Promise<void> {
  const { child, ended } = await repository.start(inputs, { event: "schedule", runId: 70 });
  company.stage.proxy.rules.on({ operation: "PutBucketVersioning" }, () => void child.kill("SIGKILL"), {
    when: "after",
    times: 1,
  });
  expect(await ended).toMatchObject({ exit: null, signal: "SIGKILL" });
  company.stage.proxy.rules.clear();
  repository.repo.workflowRun(70, { status: "completed", attempt: 1 });
}

interface Line {
  readonly record: string;
  readonly at: string;
  readonly outcome?: string;
  readonly approval: string;
  readonly item: unknown;
}

/** Intents and outcomes, whichever files of runs they stand in. */
function journal({ repo }: Repository): Line[] {
  return [...repo.files(JOURNAL)]
    .flatMap(([path, content]) => (path.endsWith(".jsonl") ? content.toString("utf8").split("\n") : []))
    .flatMap((line): Line[] => (line === "" ? [] : [JSON.parse(line)]))
    .filter(({ record }) => record === "intent" || record === "outcome")
    .sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
}

const itemOf = (repository: Repository): string =>
  journal(repository).flatMap(({ item }) => (typeof item === "string" ? [item] : []))[0] ?? "";

test.each([
  ["apply", { command: "apply" }],
  ["apply --automatic", { command: "apply", automatic: "true" }],
])(
  "an automatic run killed after its change: the next `%s` writes the outcome, and undo plans the way back",
  async (_, inputs) => {
    const { repository, versioning } = await story({ mode: "automatic" });
    await killed(repository, { command: "apply", automatic: "true" });
    expect(await versioning()).toBe("Enabled");
    expect(journal(repository)).toMatchObject([{ record: "intent" }]);

    // Somebody may yet re-run the job: for a quarter of an hour nothing is said, and without such a change nothing is asked or written.
    const early = await repository.writes(async () => (await repository.start(inputs)).ended);
    expect([early.result.exit, early.calls]).toEqual([0, []]);

    const { result, sent } = await company.sent(async () => (await repository.start(inputs, after(16))).ended);
    expect(result, result.text).toMatchObject({ exit: 0 });
    expect(sent).toEqual([]);
    expect(result.text.replace(/\s+/g, " ")).toContain("applied: found done");
    const [intent, outcome, ...more] = journal(repository);
    expect(outcome).toMatchObject({ record: "outcome", outcome: "applied", approval: intent?.approval });
    expect(more).toEqual([]);
    expect(repository.repo.file(JOURNAL, "claim.json")).toContain('"released":true');

    const again = await repository.writes(async () => (await repository.start(inputs, after(17))).ended);
    expect([again.result.exit, again.calls]).toEqual([0, []]);

    const undo = { command: "undo", item: itemOf(repository), apply: "true", out: "-" };
    expect(await (await repository.start(undo, after(18))).ended).toMatchObject({ exit: 0, outputs: { undone: "1" } });
    expect(await versioning()).toBe("Suspended");
  },
  120_000,
);

test("a killed run whose plan was reverted: the next apply writes the outcome, and answers the revert in the same run", async () => {
  const { repository, versioning } = await story();
  const { repo } = repository;
  repository.merge();
  const merge = repo.head("main");
  await killed(repository, { command: "apply" });
  expect(await versioning()).toBe("Enabled");
  repo.commit("main", { [PLAN]: null }, { message: `Revert "Evenkeel"\n\nThis reverts commit ${merge}.` });
  const { result, sent } = await company.sent(() => repository.apply(after(16)));
  expect(result, result.text).toMatchObject({ exit: 0 });
  expect(sent).toEqual([]);
  expect(journal(repository).at(-1)).toMatchObject({ outcome: "applied", approval: `commit/${merge}` });
  expect(repo.pulls("open")).toHaveLength(1);
  expect(result.text.replace(/\s+/g, " ")).toContain("takes back 1 of its changes once it is merged");
}, 120_000);
