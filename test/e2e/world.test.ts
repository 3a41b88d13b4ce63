import { afterAll, beforeAll, expect, test } from "vitest";
import { rootCredentials } from "../support/accounts.ts";
import { type Engine, engine, hastyClock } from "../support/engine.ts";
import { startMoto } from "../support/moto.ts";
import type { Emulator } from "../support/ports.ts";
import type { Expected } from "../support/world/expected.ts";
import { HOSTILE } from "../support/world/hostile.ts";
import { seedWorld, worldConfig } from "../support/world/world.ts";

const ACCOUNTS = ["111111111111", "222222222222", "333333333333"];
const REGIONS = ["us-east-1", "eu-west-1"];
let moto: Emulator;
let expected: Expected[];
let seconds: number;
let run: Engine;

beforeAll(async () => {
  moto = await startMoto();
  const start = performance.now();
  expected = await seedWorld(moto, { accounts: ACCOUNTS, regions: REGIONS, old: true });
  seconds = (performance.now() - start) / 1000;
  run = engine({
    url: moto.url,
    credentials: await rootCredentials(moto, "999999999999"),
    config: worldConfig(ACCOUNTS, REGIONS),
    clock: hastyClock(100),
  });
}, 90_000);
afterAll(async () => {
  run.close();
  await moto.stop();
});

type Place = Omit<Expected, "status" | "blocked">;
const place = ({ policy, account, region, resource }: Place): string => [policy, account, region, resource].join(" ");

test("a scan of three accounts and two regions finds exactly what was made, and plans all of it that may be fixed", async () => {
  const { plan, result, text } = await run.plan();
  const found = result.findings.map(
    (finding) => `${place({ ...finding, resource: finding.resource.id })} ${finding.status}`,
  );
  expect(found.sort()).toEqual(expected.map((one) => `${place(one)} ${one.status}`).sort());
  expect(new Set(expected.map(({ policy }) => policy)).size).toBe(16);
  expect(result.coverage).toMatchObject({
    accounts: { scanned: 3, total: 3 },
    regions: { scanned: 6, total: 6 },
    complete: true,
    gaps: [],
  });

  const failing = expected.filter(({ status }) => status === "fail");
  const held = new Map(plan.header.held.map((one) => [place({ ...one, resource: one.resource.id }), one.reason]));
  for (const one of failing.filter(({ blocked }) => blocked !== undefined))
    expect(held.get(place(one))).toContain(one.blocked);
  const open = failing.filter(({ blocked }) => blocked === undefined).map(place);
  expect(plan.items.map((item) => place({ ...item, resource: item.resource.id })).sort()).toEqual(open.sort());
  expect(held.size + open.length).toBe(failing.length);
  // One line an item, whatever the texts in it: here the tags of a rule and of a volume that their undo brings back.
  expect(text.split("\n")).toHaveLength(plan.items.length + 2);
  const hostile = plan.items.filter(({ undo }) => JSON.stringify(undo).includes(JSON.stringify(HOSTILE).slice(1, -1)));
  expect(new Set(hostile.map(({ policy }) => policy))).toEqual(
    new Set(["ec2_sg_admin_ports_open", "ebs_volume_unattached"]),
  );
});

test("seeding it is quick enough for a demo", () => {
  expect(seconds).toBeLessThan(30);
});
