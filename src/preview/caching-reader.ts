import { canonical } from "../json.ts";
import type { AwsReader, CallRequest, CallResult } from "../types/aws.ts";

/**
 * One snapshot of the world for two scans: a call that was made before gets the answer it got then, an error too, so that what differs
 * between the two is the policies and nothing else. Everything that was read is kept until the reader is let go.
 */
export function cachingReader(reader: AwsReader): AwsReader {
  const calls = new Map<string, Promise<CallResult>>();
  const lists = new Map<string, PageLog>();
  const entered = new Map<string, Promise<void>>();
  const regions = new Map<string, Promise<readonly string[]>>();
  return {
    counts: reader.counts,
    call: (request) => once(calls, keyOf(request), () => reader.call(request)),
    async *pages(request) {
      const key = keyOf(request);
      const log = lists.get(key) ?? new PageLog(reader.pages(request));
      lists.set(key, log);
      for (let index = 0; ; index++) {
        const page = await log.at(index);
        if (page === undefined) return;
        yield page;
      }
    },
    enter: (account) => once(entered, account, () => reader.enter(account)),
    regions: (account) => once(regions, account, () => reader.regions(account)),
  };
}

/** Without `iam`: it only words the remedy of a denial. */
function keyOf({ account, region, service, operation, input }: CallRequest): string {
  return canonical([account, region, service, operation, input]);
}

function once<T>(known: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> {
  const before = known.get(key);
  if (before !== undefined) return before;
  const made = make();
  known.set(key, made);
  return made;
}

/**
 * Pages as far as anybody asked for them. A reader that stops early ends nothing, since another may go on from there; several may wait for
 * the same page.
 */
class PageLog {
  readonly #source: AsyncIterator<CallResult>;
  readonly #pages: Promise<CallResult | undefined>[] = [];

  constructor(pages: AsyncIterable<CallResult>) {
    this.#source = pages[Symbol.asyncIterator]();
  }

  /** Undefined after the last page. Readers go in order, so a page is asked for only after the one before it has come. */
  at(index: number): Promise<CallResult | undefined> {
    const known = this.#pages[index];
    if (known !== undefined) return known;
    const next = this.#source.next().then(({ done, value }) => (done === true ? undefined : value));
    this.#pages[index] = next;
    return next;
  }
}
