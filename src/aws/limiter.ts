import type { Rate } from "./limits-table.ts";
import type { Clock } from "./options.ts";
import { TokenBucket } from "./token-bucket.ts";

/** The right to send one request. Must be given back, exactly once, with how the request went. */
export interface Lease {
  release(result: "throttled" | "other"): void;
}

export interface Limiter {
  /** Waits for a place in the account and in all, and for a token of the bucket. */
  acquire(account: string, region: string, rate: Rate): Promise<Lease>;
  /** Throttles met, by `account/region/bucket`. */
  readonly throttles: ReadonlyMap<string, number>;
}

interface Bucket {
  readonly key: string;
  readonly tokens: TokenBucket;
  readonly waiting: Queue<(lease: Lease) => void>;
  /** `ready`: in its account's queue. `parked`: waits for a token. `idle`: nobody waits in it. */
  state: "ready" | "parked" | "idle";
}

interface Account {
  readonly ready: Queue<Bucket>;
  inFlight: number;
  inRing: boolean;
}

/**
 * Decides who sends next. Accounts take turns, and within an account its buckets do, so neither an account with a
 * thousand calls nor an API with a slow rate holds up the others; within a bucket it is first come, first served. Each
 * step costs the same however many wait.
 */
export function createLimiter(
  clock: Clock,
  limits: { readonly inFlight: number; readonly inFlightPerAccount: number },
): Limiter {
  const accounts = new Map<string, Account>();
  const buckets = new Map<string, Bucket>();
  const ring = new Queue<Account>();
  const throttles = new Map<string, number>();
  let inFlight = 0;

  function enlist(account: Account): void {
    if (account.inRing || account.ready.length === 0 || account.inFlight >= limits.inFlightPerAccount) return;
    account.inRing = true;
    ring.push(account);
  }

  function dispatch(): void {
    while (inFlight < limits.inFlight) {
      const account = ring.shift();
      if (account === undefined) return;
      account.inRing = false;
      startOne(account);
      enlist(account);
    }
  }

  function startOne(account: Account): void {
    for (let bucket = account.ready.shift(); bucket !== undefined; bucket = account.ready.shift()) {
      if (!bucket.tokens.take(clock.now())) {
        park(account, bucket);
        continue;
      }
      const start = bucket.waiting.shift();
      bucket.state = bucket.waiting.length > 0 ? "ready" : "idle";
      if (bucket.state === "ready") account.ready.push(bucket);
      if (start === undefined) continue;
      inFlight += 1;
      account.inFlight += 1;
      start(lease(account, bucket));
      return;
    }
  }

  function park(account: Account, bucket: Bucket): void {
    bucket.state = "parked";
    void clock.sleep(bucket.tokens.wait(clock.now())).then(() => {
      bucket.state = "ready";
      account.ready.push(bucket);
      enlist(account);
      dispatch();
    });
  }

  function lease(account: Account, bucket: Bucket): Lease {
    let open = true;
    return {
      release(result) {
        if (!open) return;
        open = false;
        inFlight -= 1;
        account.inFlight -= 1;
        if (result === "throttled") {
          bucket.tokens.throttled(clock.now());
          throttles.set(bucket.key, (throttles.get(bucket.key) ?? 0) + 1);
        }
        enlist(account);
        dispatch();
      },
    };
  }

  return {
    throttles,
    acquire(accountId, region, rate) {
      const account = entry(accounts, accountId, () => ({ ready: new Queue<Bucket>(), inFlight: 0, inRing: false }));
      const key = `${accountId}/${region}/${rate.bucket}`;
      const bucket = entry(
        buckets,
        key,
        (): Bucket => ({
          key,
          tokens: new TokenBucket(rate.rate, rate.burst, clock.now()),
          waiting: new Queue<(lease: Lease) => void>(),
          state: "idle",
        }),
      );
      return new Promise((resolve) => {
        bucket.waiting.push(resolve);
        if (bucket.state === "idle") {
          bucket.state = "ready";
          account.ready.push(bucket);
        }
        enlist(account);
        dispatch();
      });
    },
  };
}

function entry<V>(map: Map<string, V>, key: string, make: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}

/** First in, first out, without the cost of `Array.shift` on long arrays. */
class Queue<T> {
  #items: T[] = [];
  #head = 0;

  get length(): number {
    return this.#items.length - this.#head;
  }

  push(item: T): void {
    this.#items.push(item);
  }

  shift(): T | undefined {
    const item = this.#items[this.#head];
    if (this.#head < this.#items.length) this.#head += 1;
    if (this.#head > 1024 && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }
}
