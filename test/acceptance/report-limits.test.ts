/** What reports wait for: an approval that stands, and enough of them being open; by the bundled Action. */
import { PutBucketVersioningCommand } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, expect, test } from "vitest";
import { land } from "../support/github/protected.ts";
import { makeSnapshot, makeVolume } from "../support/world/ec2.ts";
import { makeBucket } from "../support/world/s3.ts";
import { type Company, configOf, PLAN, startCompany } from "./company.ts";

let company: Company;
beforeAll(async () => {
  company = await startCompany();
}, 180_000);
afterAll(() => company.stop());

test("while an approval stands new items wait, and that is said; a critical one, and one less, are pushed at once", async () => {
  const clients = await company.stage.account();
  const [first] = [
    await makeBucket(clients, `a-${clients.account}`),
    await makeBucket(clients, `b-${clients.account}`),
  ];
  const repository = await company.repository(
    configOf([clients.account], ["s3_bucket_versioning", "ec2_snapshot_public"]),
  );
  const { repo } = repository;
  const run = async (more: Readonly<Record<string, string>> = {}) =>
    (await repository.start({ command: "report", dashboard: "true", ...more })).ended;
  const opened = await run();
  expect(opened, opened.text).toMatchObject({ exit: 0, outputs: { planned: "2", items_waiting: "0" } });
  const branch = repo.pull(1).head.ref;
  const head = repo.head(branch);
  repo.review(1, { actor: "alice", state: "APPROVED" });

  await makeBucket(clients, `c-${clients.account}`);
  const waits = await repository.writes(() => run());
  expect(waits.result, waits.result.text).toMatchObject({
    exit: 0,
    outputs: { failing: "3", planned: "2", items_waiting: "1", plan_digest: opened.outputs["plan_digest"] },
  });
  expect(repo.head(branch)).toBe(head);
  expect(waits.result.text).toContain("1 new item waits for the next report, because an approval (alice) stands");
  expect(waits.calls.map(({ operation }) => operation).sort()).toEqual(["issues/update", "pulls/update"]);
  expect(repo.pull(1).body).toContain("### New since the approval");
  expect(repo.pull(1).title).toBe(`Fix 2 findings in all [${opened.outputs["plan_digest"]?.slice(0, 12)}]`);
  const dashboard = repo.state.threads.get(2)?.body ?? "";
  expect(dashboard).toContain("2 fixes in 1 open report, 1 waiting for a later report");
  expect(dashboard).toContain("1 new item waits for the next report, because an approval stands");
  // The same again writes nothing, and machines are told as well.
  const again = await repository.writes(() => run({ format: "json" }));
  expect(again.calls).toEqual([]);
  const [json = ""] = /^\{\n[\s\S]*?^\}$/m.exec(again.result.text) ?? [];
  const { reports }: { reports: unknown } = JSON.parse(json);
  expect(reports).toMatchObject([
    { action: "unchanged", pushed: false, approved_by: ["alice"], later: [expect.stringMatching(/^[0-9a-f]{32}$/)] },
  ]);

  // One less: what was approved is no longer what would be done.
  const VersioningConfiguration = { Status: "Enabled" } as const;
  await clients.s3.send(new PutBucketVersioningCommand({ Bucket: first, VersioningConfiguration }));
  const less = await run();
  expect(less).toMatchObject({ exit: 0, outputs: { planned: "2", items_waiting: "0" } });
  expect(repo.head(branch)).not.toBe(head);
  expect(repo.file(branch, PLAN)).not.toContain(first);

  const second = repo.head(branch);
  repo.review(1, { actor: "alice", state: "APPROVED" });
  await makeSnapshot(clients, await makeVolume(clients), { public: true });
  const critical = await run();
  expect(critical, critical.text).toMatchObject({ exit: 0, outputs: { planned: "3", items_waiting: "0" } });
  expect(repo.head(branch)).not.toBe(second);
}, 120_000);

test("seven groups, the worst first: two are opened, then two, then one, and two wait until one is merged", async () => {
  const teams = ["a", "b", "c", "d", "e", "f", "g"];
  const accounts = await Promise.all(
    teams.map(async (team) => {
      const clients = await company.stage.account();
      await makeBucket(clients, `${team}-${clients.account}`);
      return { id: clients.account, name: team, labels: { team } };
    }),
  );
  const policies = ["s3_bucket_versioning", { use: "s3_bucket_public_access_block", where: { team: "g" } }];
  const repository = await company.repository(
    configOf(
      accounts.map(({ id }) => id),
      policies,
      { accounts, report: { group_by: "team" } },
    ),
  );
  const { repo, github } = repository;
  const run = async () => {
    const from = github.log.length;
    const { ended } = await repository.start({ command: "report", dashboard: "true" });
    const result = await ended;
    expect(result, result.text).toMatchObject({ exit: 0 });
    expect(github.log.length - from, "calls").toBeLessThanOrEqual(40);
    return result;
  };
  const open = () => repo.pulls("open").map(({ head }) => head.ref.replace("evenkeel/report/team-", ""));
  const dashboard = () => [...repo.state.threads.values()].find(({ pull }) => pull === undefined)?.body ?? "";

  const first = await run();
  expect(open()).toEqual(["g", "a"]);
  expect(first.outputs).toMatchObject({ reports_waiting: "5", planned: "8" });
  expect(first.text).toContain("Report team-b: 1 item waits; this run opened 2 already (report.most_new: 2).");
  expect(first.text).toContain("5 reports wait: this run opened 2 already (report.most_new: 2)");
  expect(first.summary).toContain("5 reports wait: this run opened 2 already");
  expect((await run()).outputs).toMatchObject({ reports_waiting: "3" });
  expect(open()).toEqual(["g", "a", "b", "c"]);
  expect((await run()).outputs).toMatchObject({ reports_waiting: "2" });
  expect(open()).toEqual(["g", "a", "b", "c", "d"]);
  const full = await run();
  expect(open()).toHaveLength(5);
  expect(full.outputs).toMatchObject({ reports_waiting: "2" });
  expect(full.text).toContain("2 reports wait: 5 are open already (report.most_open: 5)");
  expect(dashboard()).toContain("**2 reports wait: 5 are open already");
  expect(dashboard()).toMatch(/\| `team-f` \| {2}\| 1 \| {2}\| waits: 5 are open already/);
  const quiet = await repository.writes(() => run());
  expect(quiet.calls).toEqual([]);

  // One is merged: it waits to be applied, and takes no place; nor does an undo, which is not held either.
  const [{ number = 0 } = {}] = repo.pulls("open");
  land(repo, number, { actor: "alice", method: "squash" });
  const applied = await repository.apply();
  expect(applied).toMatchObject({ exit: 0, outputs: { applied: "2" } });
  const undo = { command: "undo", plan: applied.outputs["plan_digest"] ?? "", report: "true" };
  expect(await (await repository.start(undo)).ended).toMatchObject({ exit: 0 });
  expect(repo.pulls("open")).toHaveLength(5);
  const next = await run();
  expect(next.outputs).toMatchObject({ reports_waiting: "1" });
  expect(open()).toHaveLength(6);
  expect(open()).toContain("e");
}, 180_000);
