import type { Clock } from "../../src/types/clock.ts";

/** A clock for many who wait at once: time goes on when nobody has anything to do but wait. */
export interface VirtualTime {
  /** As somebody sees it whose clock is off by so many milliseconds. */
  clock(off?: number): Clock;
  /** Runs until `work` is done. */
  run<T>(work: Promise<T>): Promise<T>;
}

export function virtualTime(start = Date.parse("2026-03-01T00:00:00.000Z")): VirtualTime {
  let now = start;
  const waiting: { readonly at: number; wake(): void }[] = [];
  return {
    clock: (off = 0) => ({
      now: () => now + off,
      sleep: (ms) => new Promise((resolve) => waiting.push({ at: now + ms, wake: resolve })),
    }),
    async run(work) {
      let done = false;
      const ended = work.finally(() => {
        done = true;
      });
      ended.catch(() => undefined);
      while (!done) {
        // Everything that can go on without time passing goes on first.
        for (let turn = 0; turn < 20 && !done; turn += 1) await new Promise((resolve) => setImmediate(resolve));
        if (done) break;
        const next = waiting.sort((a, b) => a.at - b.at).shift();
        if (next === undefined) throw new Error("everybody waits, and nothing will wake them");
        now = Math.max(now, next.at);
        next.wake();
      }
      return ended;
    },
  };
}
