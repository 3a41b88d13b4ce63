/**
 * A bucket of tokens whose filling rate follows what AWS answers: additive increase, multiplicative decrease. It begins
 * at the published rate, is halved by a throttle and grows back slowly, never above where it began. Time comes in as
 * milliseconds; nothing waits in here.
 */
export class TokenBucket {
  readonly #rate: number;
  readonly #burst: number;
  #current: number;
  #tokens: number;
  #at: number;
  #halvedAt = Number.NEGATIVE_INFINITY;

  /** `rate`: tokens a second. `burst`: tokens it holds at most, and at first. */
  constructor(rate: number, burst: number, now: number) {
    this.#rate = rate;
    this.#burst = burst;
    this.#current = rate;
    this.#tokens = burst;
    this.#at = now;
  }

  /** Tokens a second, at this moment. */
  get rate(): number {
    return this.#current;
  }

  /** Takes one token; false where there is none. */
  take(now: number): boolean {
    this.#refill(now);
    // A millionth of a token short is full: waits are rounded to milliseconds, fractions are not exact.
    if (this.#tokens < 1 - 1e-6) return false;
    this.#tokens -= 1;
    return true;
  }

  /** Milliseconds until the next token, at least 1 where there is none now. */
  wait(now: number): number {
    this.#refill(now);
    return this.#tokens >= 1 ? 0 : Math.max(1, Math.ceil(((1 - this.#tokens) / this.#current) * 1000));
  }

  /** AWS has throttled a call of this bucket. */
  throttled(now: number): void {
    this.#refill(now);
    this.#tokens = Math.min(this.#tokens, 0);
    // All calls under way are throttled together: one halving for them all, or the first burst would end at nothing.
    if (now - this.#halvedAt < HALVING_PAUSE) return;
    this.#halvedAt = now;
    this.#current = Math.max(this.#current / 2, this.#rate * LOWEST);
  }

  #refill(now: number): void {
    const seconds = Math.max(0, now - this.#at) / 1000;
    this.#at = Math.max(this.#at, now);
    this.#tokens = Math.min(this.#burst, this.#tokens + seconds * this.#current);
    this.#current = Math.min(this.#rate, this.#current + seconds * this.#rate * REGAIN);
  }
}

/** Milliseconds. */
const HALVING_PAUSE = 1_000;
/** Parts of the first rate: the lowest it can fall to, and what is regained in a second. */
const LOWEST = 1 / 32;
const REGAIN = 1 / 40;
