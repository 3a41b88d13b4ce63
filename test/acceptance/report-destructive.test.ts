/** What destroys: a report of its own, a line for each resource, and two people; by the bundled Action. */
import { DescribeVolumesCommand } from "@aws-sdk/client-ec2";
import { afterAll, beforeAll, expect, test } from "vitest";
import { land, unguarded } from "../support/github/protected.ts";
import { makeVolume } from "../support/world/ec2.ts";
import { makeBucket } from "../support/world/s3.ts";
import { CONFIG, type Company, configOf, type Repository, startCompany } from "./company.ts";

let company: Company;
beforeAll(async () => {
  company = await startCompany();
}, 180_000);
afterAll(() => company.stop());

const FILE = "plans/all-destructive.jsonl";
const POLICIES = [
  "s3_bucket_versioning",
  { use: "ebs_volume_unattached", allow_destructive: true, mode: "approve", params: { min_age_days: 0 } },
];

/** A report on two unattached volumes, beside one on a bucket. */
async function twoVolumes() {
  const clients = await company.stage.account();
  await makeBucket(clients, `logs-${clients.account}`);
  const volumes = [await makeVolume(clients), await makeVolume(clients)].sort();
  const repository = await company.repository(configOf([clients.account], POLICIES));
  const opened = await repository.report();
  expect(opened, opened.text).toMatchObject({ exit: 0, outputs: { planned: "3", pull_request: "1 2" } });
  const { repo } = repository;
  const pull = repo.pulls("open").find(({ head }) => head.ref.endsWith("-destructive"));
  if (pull === undefined) throw new Error("no report of its own");
  const left = async () => {
    const { Volumes = [] } = await clients.ec2.send(new DescribeVolumesCommand({}));
    return Volumes.map(({ VolumeId = "" }) => VolumeId).sort();
  };
  return { repository, repo, clients, volumes, pull, opened, left };
}

/** As somebody does it in GitHub's editor: the lines that the pull request shows go to the file's end. */
function confirm({ repo }: Repository, number: number, author: string, which: (line: string) => boolean = () => true) {
  const { body, head } = repo.pull(number);
  const lines = (body ?? "").split("\n").filter((line) => line.startsWith('{"confirm":') && which(line));
  expect(lines.length).toBeGreaterThan(0);
  repo.commit(head.ref, { [FILE]: `${repo.file(head.ref, FILE)}${lines.join("\n")}` }, { author });
}

function merge({ repo }: Repository, number: number, approver: string): void {
  land(repo, number, { actor: approver, method: "squash" });
}

test("confirmed by alice and approved by bob it runs, and only what she confirmed; the other is blocked with its line, and reported anew", async () => {
  const { repository, repo, clients, volumes, pull, opened, left } = await twoVolumes();
  const [first = "", second = ""] = volumes;
  expect(opened.text).toContain("2 destructive items not confirmed yet");
  const line = (volume: string) => `{"confirm":"arn:aws:ec2:us-east-1:${clients.account}:volume/${volume}"}`;
  for (const volume of volumes) expect(pull.body).toContain(`\n${line(volume)}\n`);
  confirm(repository, pull.number, "alice", (one) => one.includes(first));
  const between = await repository.writes(() => repository.report());
  expect(between.result).toMatchObject({ exit: 0 });
  expect(between.result.text).toContain("1 destructive item not confirmed yet");
  expect(between.calls).toEqual([]);
  merge(repository, pull.number, "bob");
  const { result, sent } = await company.sent(() => repository.apply());
  expect(result, result.text).toMatchObject({ exit: 0, outputs: { applied: "1", blocked: "1" } });
  expect(repo.checks("main")).toMatchObject([{ name: "evenkeel/apply (all-destructive)", conclusion: "neutral" }]);
  expect(sent.filter((call) => call.includes("Delete"))).toEqual(["ec2:DeleteVolume"]);
  expect(await left()).toEqual([second]);
  const comment = repo.comments(pull.number)[0]?.body ?? "";
  for (const text of [result.text, comment]) {
    expect(text).toContain("it is destructive, and nobody confirmed it by name");
    expect(text).toContain(line(second));
    expect(text).not.toContain(line(first));
  }
  // The next report offers what is left, and a second pair of people finishes it.
  const next = await repository.report();
  expect(next, next.text).toMatchObject({ exit: 0 });
  const again = repo.pulls("open").find(({ head }) => head.ref === pull.head.ref);
  expect(again?.body).toContain(line(second));
  confirm(repository, again?.number ?? 0, "bob");
  merge(repository, again?.number ?? 0, "alice");
  const after = await repository.apply();
  expect(after, after.text).toMatchObject({ exit: 0, outputs: { applied: "1", blocked: "0" } });
  expect(await left()).toEqual([]);
}, 180_000);

test("approved without a confirmation nothing is destroyed; the plan is offered again, so that it can be confirmed", async () => {
  const { repository, repo, volumes, pull, left } = await twoVolumes();
  merge(repository, pull.number, "bob");
  const { result, sent } = await company.sent(() => repository.apply());
  expect(sent).toEqual([]);
  expect(result).toMatchObject({ exit: 0, outputs: { applied: "0", blocked: "2" } });
  expect(await left()).toEqual(volumes);
  await repository.report();
  const again = repo.pulls("open").find(({ head }) => head.ref === pull.head.ref);
  expect(again?.number).not.toBe(pull.number);
  confirm(repository, again?.number ?? 0, "alice");
  merge(repository, again?.number ?? 0, "bob");
  expect(await repository.apply()).toMatchObject({ exit: 0, outputs: { applied: "2" } });
}, 180_000);

test("confirmed by alice and approved by alice it does not run, whatever else was pushed in between", async () => {
  const { repository, repo, clients, volumes, pull, left } = await twoVolumes();
  confirm(repository, pull.number, "alice");
  // The base moves and the plan grows: her line is carried on, and she stays its author.
  for (const round of ["one", "two"]) {
    repo.commit("main", { "NOTES.md": `${round}\n` });
    volumes.push(await makeVolume(clients));
    expect((await repository.report()).exit).toBe(0);
  }
  expect(repo.file(pull.head.ref, FILE)?.match(/"confirm"/g)).toHaveLength(2);
  // GitHub's own rule on the last push refuses this; ours has to as well, where somebody turns that one off.
  unguarded(repo, () => merge(repository, pull.number, "alice"));
  const { result, sent } = await company.sent(() => repository.apply());
  expect(sent).toEqual([]);
  expect(result).toMatchObject({ exit: 3, outputs: { applied: "0", blocked: "4" } });
  expect(result.text).toContain("not approved (approver_is_author)");
  expect(await left()).toEqual(volumes.sort());
}, 180_000);

test("once no policy may destroy any more, the open report on it is closed; one of a group that is no more is named", async () => {
  const { repository, repo, clients, pull } = await twoVolumes();
  const gentle = ["s3_bucket_versioning", "ebs_volume_unattached"];
  const accounts = [{ id: clients.account, name: "a", labels: { team: "a" } }];
  const reportWith = (more: object) =>
    repository.report({ cwd: company.folder({ [CONFIG]: configOf([clients.account], gentle, more) }) });
  const after = await reportWith({});
  expect(after, after.text).toMatchObject({ exit: 0 });
  expect(repo.pull(pull.number).state).toBe("closed");
  expect(after.text).not.toContain("of no group");
  const grouped = await reportWith({ accounts, report: { group_by: "team" } });
  expect(grouped, grouped.text).toMatchObject({ exit: 0 });
  const [old] = repo.pulls("open").filter(({ head }) => head.ref === "evenkeel/report/all");
  const words = `1 open report is of no group of this configuration (#${old?.number})`;
  expect(grouped.text).toContain(words);
  expect(grouped.summary).toContain("of no group of this configuration");
});
