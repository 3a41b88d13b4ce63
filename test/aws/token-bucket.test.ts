import { expect, test } from "vitest";
import { TokenBucket } from "../../src/aws/token-bucket.ts";

function drain(bucket: TokenBucket, now: number): number {
  let taken = 0;
  while (bucket.take(now)) taken += 1;
  return taken;
}

test("gives its burst at once and then its rate, never more than its burst", () => {
  const bucket = new TokenBucket(20, 100, 0);
  expect(drain(bucket, 0)).toBe(100);
  expect(bucket.wait(0)).toBe(50);
  expect(drain(bucket, 49)).toBe(0);
  expect(drain(bucket, 50)).toBe(1);
  expect(drain(bucket, 1_050)).toBe(20);
  expect(drain(bucket, 3_600_000)).toBe(100);
});

test("a throttle empties it and halves its rate, once for all calls that were under way", () => {
  const bucket = new TokenBucket(20, 100, 0);
  for (let i = 0; i < 50; i += 1) bucket.throttled(10 * i);
  expect(bucket.rate).toBeLessThanOrEqual(10.3);
  expect(bucket.rate).toBeGreaterThanOrEqual(10);
  expect(bucket.take(490)).toBe(false);
  bucket.throttled(1_200);
  expect(bucket.rate).toBeLessThan(6);
});

test("the rate comes back slowly, and not above where it began", () => {
  const bucket = new TokenBucket(20, 100, 0);
  bucket.throttled(0);
  bucket.take(4_000);
  expect(bucket.rate).toBeCloseTo(12, 1);
  bucket.take(60_000);
  expect(bucket.rate).toBe(20);
});

test("throttled for ever, it still sends now and then", () => {
  const bucket = new TokenBucket(20, 100, 0);
  for (let second = 0; second < 600; second += 1) bucket.throttled(second * 1_000);
  expect(bucket.rate).toBeGreaterThan(0.5);
  expect(bucket.wait(600_000)).toBeLessThan(2_000);
});

test("a clock that is set back neither gives nor takes tokens", () => {
  const bucket = new TokenBucket(10, 10, 5_000);
  drain(bucket, 5_000);
  expect(bucket.take(1_000)).toBe(false);
  expect(drain(bucket, 5_100)).toBe(1);
});
