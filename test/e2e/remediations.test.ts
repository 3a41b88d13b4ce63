import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Engine, hastyClock } from "../support/engine.ts";
import type { Case, Made } from "../support/world/case.ts";
import { CASES } from "../support/world/cases.ts";
import type { Clients } from "../support/world/clients.ts";
import { onlyItems, type Stage, startStage } from "../support/world/stage.ts";

let stage: Stage;
beforeAll(async () => {
  stage = await startStage();
});
afterAll(() => stage.stop());

interface Scene {
  readonly clients: Clients;
  readonly made: Made;
  /** An engine with a journal of its own. */
  start(): Engine;
}

async function scene(one: Case): Promise<Scene> {
  const clients = await stage.account();
  const made = await one.seed(clients);
  const policies = [{ use: one.policy, ...one.entry }];
  return {
    clients,
    made,
    start: () => stage.run({ accounts: [clients.account], policies, clock: hastyClock(one.days) }),
  };
}

/** Plans the violating resource alone: what the emulator makes by itself (a default VPC) is not the case's. */
async function planned(run: Engine, made: Made) {
  const { plan, text, result } = await run.plan();
  const item = plan.items.find(({ resource }) => resource.id === made.fail);
  if (item === undefined) throw new Error(`not planned: ${JSON.stringify([plan.header.held, result.coverage.gaps])}`);
  return { item, result, whole: text, text: onlyItems(text, ({ id }) => id === item.id, plan) };
}

async function statusOf(run: Engine, id: string) {
  const { findings } = await run.scan();
  return findings.find(({ resource }) => resource.id === id)?.status;
}

const writing = (calls: readonly { readonly call: string; readonly reads?: true }[]): string[] =>
  calls.filter(({ reads }) => reads !== true).map(({ call }) => call);

describe.each(Object.entries(CASES))("%s", (_name, one) => {
  test("is found, planned, fixed once, and taken back", async () => {
    const { clients, made, start } = await scene(one);
    const run = start();
    const { item, result, whole, text } = await planned(run, made);
    const passing = result.findings.filter(({ status }) => status === "pass").map(({ resource }) => resource.id);
    expect(passing).toEqual(expect.arrayContaining([...made.pass]));
    expect(item).toMatchObject({
      policy: one.policy,
      remediation: one.remediation,
      account: clients.account,
      before: one.before,
      after: one.after,
    });
    const calls = one.calls(made, clients).map(([call, params]) => [call, params]);
    expect(item.calls.map(({ call, params }) => [call, params])).toMatchObject(calls);
    expect(item.undo.map(({ call }) => call)).toEqual(one.undo);
    expect((await run.plan()).text).toBe(whole);

    const before = await one.read(clients, made);
    const first = await stage.writes(() => run.apply(text));
    expect(first.result.outcomes).toMatchObject([{ outcome: "applied", item: item.id }]);
    expect(first.sent).toEqual(writing(item.calls));
    expect(await one.read(clients, made)).toEqual(one.fixed);
    expect(await statusOf(run, made.fail)).toBe(item.deletes ? undefined : "pass");

    for (const engine of [run, start()]) {
      const again = await stage.writes(() => engine.apply(text));
      expect(again.result.outcomes).toMatchObject([{ outcome: "already_ok" }]);
      expect(again.sent).toEqual([]);
    }

    const undo = await run.undo();
    expect(undo.items.map(({ undoes, calls }) => [undoes, calls.map(({ call }) => call)])).toEqual([
      [item.id, one.undo],
    ]);
    const back = await stage.writes(() => run.apply(undo));
    expect(back.result.outcomes).toMatchObject([{ outcome: "undone" }]);
    expect(back.sent).toEqual(writing(undo.items[0]?.calls ?? []));
    expect(await one.read(clients, made)).toEqual(one.restored ?? before);
    if (item.deletes) {
      // It came back under another ID.
      expect((await run.scan()).coverage.findings.fail).toBe(result.coverage.findings.fail);
    } else expect(await statusOf(run, made.fail)).toBe("fail");

    const twice = await stage.writes(() => run.apply(undo));
    expect(twice.result.counts).not.toMatchObject({ undone: 1 });
    expect(twice.sent).toEqual([]);
    expect((await run.undo()).items).toEqual([]);
  });

  test("is not planned while it cannot be read", async () => {
    const run = (await scene(one)).start();
    const { service, operation, code } = one.denied;
    const rule = stage.proxy.rules.fail({ service, operation }, { status: 403, code });
    try {
      const { plan, result } = await run.plan();
      expect(rule.hits).toBeGreaterThan(0);
      expect(plan.items).toEqual([]);
      expect(result.findings.filter(({ status }) => status === "fail")).toEqual([]);
      expect(result.coverage.complete).toBe(false);
      const gap = { operation: `${service}:${operation}`, code, policies: [one.policy] };
      expect(result.coverage.gaps).toMatchObject([gap]);
      expect(result.coverage.gaps[0]?.remedy).toMatch(/^allow \S+:\S+/);
    } finally {
      rule.remove();
    }
  });

  const why = one.cannotSpoil === undefined ? "" : ` (not tried: ${one.cannotSpoil})`;
  test.skipIf(one.spoil === undefined)(`is left alone when it changed since the plan${why}`, async () => {
    const { clients, made, start } = await scene(one);
    const run = start();
    const { text } = await planned(run, made);
    await one.spoil?.(clients, made);
    const changed = await one.read(clients, made);
    const { result, sent } = await stage.writes(() => run.apply(text));
    expect(result.outcomes).toMatchObject([{ outcome: "stale" }]);
    expect(sent).toEqual([]);
    expect(await one.read(clients, made)).toEqual(changed);
  });
});
