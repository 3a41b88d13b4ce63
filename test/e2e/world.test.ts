import { afterAll, beforeAll, expect, test } from "vitest";
import { rootCredentials } from "../support/accounts.ts";
import { engine, hastyClock } from "../support/engine.ts";
import { startMoto } from "../support/moto.ts";
import type { Emulator } from "../support/ports.ts";
import type { Expected } from "../support/world/expected.ts";
import { seedWorld, worldConfig } from "../support/world/world.ts";

const ACCOUNTS = ["111111111111", "222222222222", "333333333333"];
const REGIONS = ["us-east-1", "eu-west-1"];
let moto: Emulator;
let expected: Expected[];
let seconds = 0;

beforeAll(async () => {
  moto = await startMoto();
  const start = performance.now();
  expected = await seedWorld(moto, { accounts: ACCOUNTS, regions: REGIONS, old: true });
  seconds = (performance.now() - start) / 1000;
}, 90_000);
afterAll(() => moto.stop());

const line = ({ policy, account, region, resource, status }: Expected): string => [policy, account, region, resource, status].join(" ");

test("a scan of three accounts and two regions finds exactly what was made, and plans what can be fixed", async () => {
  console.log("seeded in", seconds, expected.length);
  const run = engine({
    url: moto.url,
    credentials: await rootCredentials(moto, "999999999999"),
    config: worldConfig(ACCOUNTS, REGIONS),
    clock: hastyClock(100),
  });
  const t = performance.now();
  const { plan, result, text } = await run.plan();
  console.log("scan", performance.now() - t, JSON.stringify(result.coverage, null, 1).slice(0, 3000), text.length);
  const found = result.findings.map((finding) => line({ ...finding, resource: finding.resource.id }));
  expect(found.sort()).toEqual(expected.map(line).sort());
  const held = plan.header.held.map(({ policy, account, region, resource }) => [policy, account, region, resource.id].join(" "));
  const blocked = expected.filter((one) => one.blocked !== undefined).map(({ policy, account, region, resource }) => [policy, account, region, resource].join(" "));
  expect(held.sort()).toEqual(blocked.sort());
  run.close();
});
