import { expect, test } from "vitest";
import { createLimiter, type Lease } from "../../src/aws/limiter.ts";
import { FakeClock, settle } from "./fake-clock.ts";

const fast = { bucket: "s3:GetBucketAcl", rate: 1_000_000, burst: 1_000_000 };
const slow = { bucket: "ec2:DescribeVpcs", rate: 10, burst: 2 };

function setUp(limits = { inFlight: 100, inFlightPerAccount: 100 }) {
  const clock = new FakeClock();
  const limiter = createLimiter(clock, limits);
  const started: string[] = [];
  const leases: Lease[] = [];
  const ask = (account: string, rate = fast, region = "eu-west-1"): void => {
    void limiter.acquire(account, region, rate).then((lease) => {
      started.push(`${account}@${clock.now()}`);
      leases.push(lease);
    });
  };
  return { clock, limiter, started, leases, ask };
}

test("bounds what is under way, in all and per account", async () => {
  const { started, leases, ask } = setUp({ inFlight: 5, inFlightPerAccount: 3 });
  for (let i = 0; i < 10; i += 1) ask("a");
  await settle();
  expect(started.length).toBe(3);
  for (let i = 0; i < 10; i += 1) ask("b");
  await settle();
  expect(started.map((entry) => entry[0]).join("")).toBe("aaabb");
  leases[0]?.release("other");
  leases[0]?.release("other");
  await settle();
  expect(started.length, "a lease given back twice frees one place").toBe(6);
});

test("an account with a thousand calls does not keep one with two waiting", async () => {
  const { started, leases, ask } = setUp({ inFlight: 4, inFlightPerAccount: 4 });
  for (let i = 0; i < 1_000; i += 1) ask("big");
  ask("small");
  ask("small");
  await settle();
  for (let i = 0; i < 4; i += 1) {
    leases[i]?.release("other");
    await settle();
  }
  expect(started.slice(0, 8).filter((entry) => entry.startsWith("small")).length).toBe(2);
});

test("a slow API does not hold up the others of its account", async () => {
  const { started, ask, clock } = setUp();
  for (let i = 0; i < 30; i += 1) ask("a", slow);
  ask("a", fast);
  await settle();
  expect(started.length).toBe(3);
  await clock.advance(1_000);
  expect(started.length).toBe(3 + 10);
  await clock.advance(60_000);
  expect(started.length).toBe(31);
});

test("accounts and regions have buckets of their own; within a bucket it is first come, first served", async () => {
  const { started, ask, clock } = setUp();
  for (const account of ["a", "b"]) for (let i = 0; i < 2; i += 1) ask(account, slow);
  for (let i = 0; i < 2; i += 1) ask("a", slow, "us-east-1");
  await settle();
  expect(started.length).toBe(6);
  expect(clock.now()).toBe(0);

  const limiter = createLimiter(clock, { inFlight: 10, inFlightPerAccount: 10 });
  const order: number[] = [];
  for (let i = 0; i < 6; i += 1) void limiter.acquire("a", "r", slow).then(() => order.push(i));
  await clock.advance(2_000);
  expect(order).toEqual([0, 1, 2, 3, 4, 5]);
});

test("a throttle slows that API of that account only, and is counted", async () => {
  const { clock, limiter, started, leases, ask } = setUp();
  ask("a", slow);
  ask("b", slow);
  await settle();
  leases[0]?.release("throttled");
  started.length = 0;
  for (let i = 0; i < 20; i += 1) {
    ask("a", slow);
    ask("b", slow);
  }
  await clock.advance(1_000);
  const count = (account: string) => started.filter((entry) => entry.startsWith(account)).length;
  expect(count("b")).toBe(11);
  expect(count("a")).toBeLessThanOrEqual(6);
  expect(count("a")).toBeGreaterThanOrEqual(4);
  expect([...limiter.throttles]).toEqual([["a/eu-west-1/ec2:DescribeVpcs", 1]]);
});

test("fifty thousand waiting calls cost no more each than ten", async () => {
  const clock = new FakeClock();
  const limiter = createLimiter(clock, { inFlight: 100, inFlightPerAccount: 100 });
  let done = 0;
  const begun = performance.now();
  await Promise.all(
    Array.from({ length: 50_000 }, async (_, i) => {
      const lease = await limiter.acquire(`account ${i % 100}`, `region ${i % 17}`, fast);
      done += 1;
      lease.release("other");
    }),
  );
  expect(done).toBe(50_000);
  // 0.1 s on an idle machine; a step that looked at everything that waits would take minutes.
  expect(performance.now() - begun).toBeLessThan(5_000);
});
