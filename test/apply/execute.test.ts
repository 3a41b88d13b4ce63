import { expect, test } from "vitest";
import { type Execution, execute, resolveParams, StepError } from "../../src/apply/execute.ts";
import type { CallRequest } from "../../src/types/aws.ts";
import type { JsonObject } from "../../src/types/json.ts";
import type { PlannedCall } from "../../src/types/plan.ts";
import { cel, models } from "../catalogue/demand-catalogue.ts";
import { bucketItem } from "../report/sample.ts";
import { refused } from "../support/catalogue-aws.ts";
import { TestClock } from "../support/catalogue-world.ts";

type Answer = (request: CallRequest, count: number) => JsonObject;

/** Runs calls against answers by name, and tells what was sent, in order. */
function runner(answers: Readonly<Record<string, Answer>>, more: Partial<Execution> = {}) {
  const log: string[] = [];
  const steps: [string, JsonObject][] = [];
  const clock = new TestClock();
  const counts = new Map<string, number>();
  const answer = async (request: CallRequest, door: string) => {
    const name = `${request.service}:${request.operation}`;
    counts.set(name, (counts.get(name) ?? 0) + 1);
    log.push(`${door} ${name} ${JSON.stringify(request.input)}`);
    return { output: answers[name]?.(request, counts.get(name) ?? 0) ?? {}, requestId: "r", attempts: 1 };
  };
  const reader = {
    call: (request: CallRequest) => answer(request, "read"),
    async *pages(request: CallRequest) {
      yield await answer(request, "read");
      yield await answer(request, "read");
    },
    enter: async () => undefined,
    regions: async () => [],
    counts: new Map<string, number>(),
  };
  const writer = { enter: async () => undefined, send: (request: CallRequest) => answer(request, "write") };
  const execution: Execution = {
    reader,
    writer,
    models,
    cel,
    clock,
    region: "eu-west-1",
    done: new Map(),
    since: undefined,
    onStep: async (step, output) => {
      steps.push([step, output]);
    },
    ...more,
  };
  const run = (calls: readonly PlannedCall[]) => execute(bucketItem(1), calls, execution);
  return { run, log, steps, clock };
}

const MAKE: PlannedCall = { step: "made", call: "ec2:CreateSnapshot", params: { VolumeId: "v" } };
const WAIT: PlannedCall = {
  step: "wait",
  call: "ec2:DescribeSnapshots",
  params: { SnapshotIds: [""] },
  bind: { "/SnapshotIds/0": "steps.made.SnapshotId" },
  until: { condition: 'output.Snapshots.exists(s, s.?State.orValue("") == "completed")', limit: 60 },
  reads: true,
};

test("calls run in order, writes by the writer and reads by the reader, outputs bound into what follows", async () => {
  const { run, log, steps } = runner({
    "ec2:CreateSnapshot": () => ({ SnapshotId: "snap-1" }),
    "ec2:DescribeSnapshots": () => ({ Snapshots: [{ State: "completed" }] }),
  });
  const outputs = await run([MAKE, WAIT]);
  expect(log).toEqual([
    'write ec2:CreateSnapshot {"VolumeId":"v"}',
    'read ec2:DescribeSnapshots {"SnapshotIds":["snap-1"]}',
  ]);
  expect(steps.map(([step]) => step)).toEqual(["made", "wait"]);
  expect(outputs.get("made")).toEqual({ SnapshotId: "snap-1" });
});

test("`until` asks again, longer each time, also while there is nothing yet, and gives up after its limit", async () => {
  const { run, log, clock } = runner({
    "ec2:DescribeSnapshots": (request, count) => {
      if (count === 1) throw refused("not_found", "InvalidSnapshot.NotFound", request);
      return { Snapshots: [{ State: count < 4 ? "pending" : "completed" }] };
    },
  });
  const { bind: _, ...wait } = WAIT;
  await run([wait]);
  expect(log).toHaveLength(4);
  expect(clock.slept).toEqual([500, 1000, 2000]);
  const never = runner({ "ec2:DescribeSnapshots": () => ({ Snapshots: [] }) });
  await expect(never.run([wait])).rejects.toThrow(/^ec2:DescribeSnapshots did not show `output.* within 60 s$/);
  const waited = never.clock.slept.reduce((sum, ms) => sum + ms, 0);
  expect(waited).toBeLessThanOrEqual(60_000);
  expect(Math.max(...never.clock.slept)).toBeLessThanOrEqual(15_000);
  const denied = runner({
    "ec2:DescribeSnapshots": (request) => {
      throw refused("denied", "UnauthorizedOperation", request);
    },
  });
  await expect(denied.run([wait])).rejects.toThrow("UnauthorizedOperation");
});

test("`failure` turns a 200 with an error inside into a failure, for writes, single reads and polls", async () => {
  const failure = {
    when: 'output.Snapshots.exists(s, s.?State.orValue("") == "error")',
    because: "'the snapshot failed'",
  };
  const { bind: _, until, ...look } = WAIT;
  const answers = { "ec2:DescribeSnapshots": () => ({ Snapshots: [{ State: "error" }] }) };
  const message = "ec2:DescribeSnapshots answered 200 with an error inside: the snapshot failed";
  await expect(runner(answers).run([{ ...look, failure }])).rejects.toThrow(message);
  if (until === undefined) throw new Error("no until");
  const polled = runner(answers);
  await expect(polled.run([{ ...look, until, failure }])).rejects.toThrow(message);
  expect(polled.log).toHaveLength(1);
  const refusal = { when: "output.Unsuccessful.size() > 0", because: "output.Unsuccessful[0].Error.Message" };
  const flow: PlannedCall = { step: "s", call: "ec2:CreateFlowLogs", params: {}, failure: refusal };
  const bad = runner({ "ec2:CreateFlowLogs": () => ({ Unsuccessful: [{ Error: { Message: "no role" } }] }) });
  await expect(bad.run([flow])).rejects.toThrow("no role");
  expect(bad.steps).toEqual([]);
  const good = runner({ "ec2:CreateFlowLogs": () => ({ FlowLogIds: ["fl-1"] }) });
  expect((await good.run([flow])).get("s")).toEqual({ FlowLogIds: ["fl-1"] });
});

test("`already` takes the named error for done; any other stays an error", async () => {
  const call: PlannedCall = { step: "del", call: "ec2:DeleteVolume", params: {}, already: ["InvalidVolume.NotFound"] };
  const answering = (code: string) =>
    runner({
      "ec2:DeleteVolume": (request) => {
        throw refused("not_found", code, request);
      },
    });
  expect((await answering("InvalidVolume.NotFound").run([call])).get("del")).toEqual({});
  await expect(answering("VolumeInUse").run([call])).rejects.toThrow("VolumeInUse");
});

test("what an earlier run made is not made again, and its output is bound", async () => {
  const { run, log } = runner(
    { "ec2:DescribeSnapshots": () => ({ Snapshots: [{ State: "completed" }] }) },
    {
      done: new Map([["made", { SnapshotId: "snap-0" }]]),
    },
  );
  await run([MAKE, WAIT]);
  expect(log).toEqual(['read ec2:DescribeSnapshots {"SnapshotIds":["snap-0"]}']);
});

test("`reuse` looks only when a killed run is finished, on all pages, and takes nothing older than that run", async () => {
  const reuse = {
    call: "ec2:DescribeSnapshots",
    params: { OwnerIds: ["self"] },
    items: "output.Snapshots.filter(s, s.StartTime >= since)",
  };
  const answers: Record<string, Answer> = {
    "ec2:CreateSnapshot": () => ({ SnapshotId: "snap-new" }),
    "ec2:DescribeSnapshots": (_, count) => ({
      Snapshots: [
        {
          SnapshotId: `snap-${count}`,
          StartTime: count === 1 ? "2026-01-01T10:00:00.000Z" : "2026-01-01T12:30:00.000Z",
        },
      ],
    }),
  };
  const calls = [{ ...MAKE, reuse }];
  expect((await runner(answers).run(calls)).get("made")).toEqual({ SnapshotId: "snap-new" });
  const resumed = runner(answers, { since: "2026-01-01T12:00:00.000Z" });
  expect((await resumed.run(calls)).get("made")).toMatchObject({ SnapshotId: "snap-2" });
  expect(resumed.log.some((line) => line.startsWith("write"))).toBe(false);
  expect(resumed.steps).toHaveLength(1);
  const none = runner(answers, { since: "2026-01-01T13:00:00.000Z" });
  expect((await none.run(calls)).get("made")).toEqual({ SnapshotId: "snap-new" });
});

test("a binding that gives no value stops before the call, and the steps of `each` are a list", () => {
  const outputs = new Map<string, JsonObject>([
    ["del.0", { Id: "a" }],
    ["del.1", { Id: "b" }],
    ["one", { Id: "c" }],
  ]);
  const bound = (expression: string) =>
    resolveParams({ step: "s", call: "x:Y", params: { k: 1 }, bind: { "/v/w": expression } }, outputs, cel);
  expect(bound("steps.del[1].Id")).toEqual({ k: 1, v: { w: "b" } });
  expect(bound("steps.one")).toEqual({ k: 1, v: { w: { Id: "c" } } });
  expect(() => bound("steps.none.Id")).toThrow(StepError);
  expect(() => bound("steps.one.Nothing")).toThrow(StepError);
  expect(() => bound("steps.one.")).toThrow(StepError);
});

test("`stillSame` is asked before every write but the first, and before no read", async () => {
  const asked: number[] = [];
  const { run, log } = runner(
    {
      "ec2:CreateSnapshot": () => ({ SnapshotId: "s" }),
      "ec2:DescribeSnapshots": () => ({ Snapshots: [{ State: "completed" }] }),
    },
    {
      stillSame: async () => {
        asked.push(log.length);
        throw new StepError("changed meanwhile");
      },
    },
  );
  const last: PlannedCall = { step: "del", call: "ec2:DeleteVolume", params: {} };
  await expect(run([MAKE, WAIT, last])).rejects.toThrow("changed meanwhile");
  expect(asked).toEqual([2]);
  expect(log.some((line) => line.includes("DeleteVolume"))).toBe(false);
});
