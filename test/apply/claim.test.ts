import fc from "fast-check";
import { expect, test } from "vitest";
import { type Claim, type Claiming, takeClaim } from "../../src/apply/claim.ts";
import { type Holder, holderIn, holderText, RELEASED } from "../../src/apply/claim-text.ts";
import { objectClaim } from "../../src/apply/journal-objects.ts";
import { JournalError } from "../../src/errors.ts";
import { type MemoryStore, memoryStore } from "./object-store.ts";
import { type VirtualTime, virtualTime } from "./virtual-time.ts";

const MINUTE = 60_000;

interface World {
  readonly store: MemoryStore;
  readonly time: VirtualTime;
  take(run: string, more?: Partial<Claiming>): Promise<Claim | { readonly heldBy: Holder }>;
}

function world(): World {
  const store = memoryStore();
  const time = virtualTime();
  let seed = 0.1;
  return {
    store,
    time,
    take: (run, more = {}) =>
      takeClaim(objectClaim(store), {
        run,
        clock: time.clock(),
        random: () => (seed = (seed * 7.13) % 1),
        debug: () => undefined,
        ...more,
      }),
  };
}

async function held(taking: Promise<Claim | { readonly heldBy: Holder }>): Promise<Claim> {
  const claim = await taking;
  if ("heldBy" in claim) throw new Error(`held by ${claim.heldBy.run}`);
  return claim;
}

test("one has it; the other waits a little, gets it once it is released, and is told that it waited", async () => {
  const { time, take } = world();
  await time.run(
    (async () => {
      const first = await held(take("1-1"));
      expect(first.waited).toBe(false);
      const second = take("2-1");
      await time.clock().sleep(20_000);
      await first.release();
      expect((await held(second)).waited).toBe(true);
    })(),
  );
});

test("who holds it on is named after a minute and a half", async () => {
  const { time, take } = world();
  await time.run(
    (async () => {
      await held(take("1-1"));
      const begun = time.clock().now();
      expect(await take("2-1")).toMatchObject({ heldBy: { run: "1-1", since: "2026-03-01T00:00:00.000Z" } });
      expect(time.clock().now() - begun).toBeGreaterThanOrEqual(90_000);
      expect(time.clock().now() - begun).toBeLessThan(120_000);
    })(),
  );
});

test("a run that says nothing for a quarter of an hour is taken over, and then writes no more", async () => {
  const { time, take } = world();
  await time.run(
    (async () => {
      const dead = await held(take("1-1"));
      await time.clock().sleep(13 * MINUTE);
      expect(await take("2-1")).toMatchObject({ heldBy: { run: "1-1" } });
      const taker = await held(take("3-1"));
      expect(taker.waited).toBe(true);
      await expect(dead.hold()).rejects.toThrow(JournalError);
      await expect(dead.hold()).rejects.toThrow("another run has taken over");
      await dead.release();
      await taker.hold();
    })(),
  );
});

test("a run that goes on is not taken over, however long it takes", async () => {
  const { time, store, take } = world();
  await time.run(
    (async () => {
      const first = await held(take("1-1"));
      const puts = store.calls.put;
      for (let minute = 0; minute < 60; minute += 1) {
        await time.clock().sleep(MINUTE);
        await Promise.all([first.hold(), first.hold()]);
      }
      // Said every four minutes, once for all who ask.
      expect(store.calls.put - puts).toBe(15);
      expect(await take("2-1")).toMatchObject({ heldBy: { run: "1-1", since: "2026-03-01T00:00:00.000Z" } });
    })(),
  );
});

test("a claim that cannot be renewed is good for ten minutes, and for no write after that", async () => {
  const { time, store, take } = world();
  await time.run(
    (async () => {
      const first = await held(take("1-1"));
      store.before = () => {
        throw new Error("no network");
      };
      for (let minute = 1; minute <= 10; minute += 1) {
        await time.clock().sleep(MINUTE);
        await first.hold();
      }
      await time.clock().sleep(MINUTE);
      await expect(first.hold()).rejects.toThrow("could not be renewed for ten minutes");
      // Where it can be again, and nobody has taken over, the run goes on.
      store.before = () => undefined;
      await time.clock().sleep(MINUTE);
      await first.hold();
    })(),
  );
});

test("an answer that is lost is no claim lost", async () => {
  const { time, store, take } = world();
  await time.run(
    (async () => {
      const put = store.put.bind(store);
      // As AWS's own retry looks from here: done by the first, refused to the second.
      store.put = async (...asked) => {
        await put(...asked);
        return put(...asked);
      };
      const first = await held(take("1-1"));
      await time.clock().sleep(5 * MINUTE);
      await first.hold();
      await first.release();
      store.put = put;
      await held(take("2-1"));
    })(),
  );
});

test("the next attempt of the same run need not wait; another attempt, another repository or a second job must", async () => {
  const { time, take } = world();
  await time.run(
    (async () => {
      await held(take("50-1", { repository: "acme/policies" }));
      expect(await take("50-2", { repository: "acme/other" })).toHaveProperty("heldBy");
      expect(await take("50-1", { repository: "acme/policies" })).toHaveProperty("heldBy");
      expect(await take("5-2", { repository: "acme/policies" })).toHaveProperty("heldBy");
      const begun = time.clock().now();
      await held(take("50-2", { repository: "acme/policies" }));
      expect(time.clock().now()).toBe(begun);
    })(),
  );
});

test("whether a run is over is asked once, and believed", async () => {
  const { time, take } = world();
  await time.run(
    (async () => {
      await held(take("50-1"));
      const asked: string[] = [];
      const isOver = (answer: boolean) => async (holder: Holder) => {
        asked.push(holder.run);
        return answer;
      };
      expect(await take("51-1", { isOver: isOver(false) })).toHaveProperty("heldBy");
      expect(asked).toEqual(["50-1"]);
      expect((await held(take("51-1", { isOver: isOver(true) }))).waited).toBe(true);
    })(),
  );
});

test("a text that is no claim is not written over", async () => {
  const { store, time, take } = world();
  await store.put("claim.json", "mine\n", undefined);
  await expect(time.run(take("1-1"))).rejects.toThrow("s3://bucket/evenkeel/claim.json is not a claim of Evenkeel's");
  expect(store.objects.get("claim.json")).toBe("mine\n");
  const holder: Holder = { run: "1-1", nonce: "n", since: "2026-03-01T00:00:00Z", seen: "2026-03-01T00:00:00Z" };
  expect(holderIn(holderText(holder))).toEqual(holder);
  expect(holderIn(holderText({ ...holder, released: true }))).toBe(RELEASED);
  for (const seen of ["soon", ""]) expect(holderIn(holderText({ ...holder, seen }))).toBeUndefined();
});

test("however runs come, die, stall and go, with clocks that differ: nobody writes once another has begun", async () => {
  const step = fc.record({
    kind: fc.constantFrom("write", "write", "stall", "die", "unreachable"),
    ms: fc.integer({ min: 1, max: 20 * MINUTE }),
  });
  const life = fc.record({
    arrives: fc.integer({ min: 0, max: 30 * MINUTE }),
    off: fc.integer({ min: -MINUTE, max: MINUTE }),
    steps: fc.array(step, { minLength: 1, maxLength: 8 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(life, { minLength: 2, maxLength: 5 }), async (lives) => {
      const { store, time, take } = world();
      const writers: number[] = [];
      const cut = new Set<number>();
      const live = async (one: (typeof lives)[number], number: number): Promise<void> => {
        const clock = time.clock(one.off);
        await clock.sleep(one.arrives);
        const claim = await take(`${number}-1`, { clock });
        if ("heldBy" in claim) return;
        const put = store.put;
        for (const { kind, ms } of one.steps) {
          await clock.sleep(ms);
          if (kind === "die") return;
          if (kind === "stall") continue;
          if (kind === "unreachable") cut.add(number);
          // Its own way to the store is cut; nobody else's.
          store.put = cut.has(number) ? () => Promise.reject(new Error("no network")) : put;
          try {
            await claim.hold();
          } catch (error) {
            expect(error).toBeInstanceOf(JournalError);
            return;
          } finally {
            store.put = put;
          }
          writers.push(number);
        }
        await claim.release();
      };
      await time.run(Promise.all(lives.map(live)));
      const turns = writers.filter((one, index) => one !== writers[index - 1]);
      expect(new Set(turns).size).toBe(turns.length);
    }),
    { numRuns: 150 },
  );
});

test("a claim from the future holds nobody up for ever, and times that are not as we write them are no claim", async () => {
  const { store, time, take } = world();
  const text = (seen: string) => holderText({ run: "9-1", nonce: "n", since: "2026-03-01T00:00:00.000Z", seen });
  const forged = (seen: string) =>
    time.run(
      (async () => {
        const standing = await store.get("claim.json");
        await store.put("claim.json", text(seen), standing?.version);
        await (await held(take("1-1"))).release();
      })(),
    );
  await forged("9999-01-01T00:00:00.000Z");
  await expect(forged("2026-03-01 (\u001b[31m::error::pwned)")).rejects.toThrow("is not a claim of Evenkeel's");
});
