/** Things that go wrong between a client and GitHub, made to happen on chosen calls. */

export interface FaultMatch {
  readonly method?: string;
  /** A template (`/repos/{owner}/{repo}/pulls`), an operationId (`pulls/create`) or a path; a RegExp is tried on the path. */
  readonly route?: string | RegExp;
  /** Let so many matching calls through first. */
  readonly skip?: number;
  /** How many calls are hit; once unless said. */
  readonly times?: number;
}
export interface FaultAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}
export type FaultEffect =
  | FaultAnswer
  /** The connection breaks before anything happens. */
  | { readonly reset: true }
  /** The answer comes, but late. */
  | { readonly delayMs: number }
  /** The write takes effect, and the client never hears of it (or hears 502): what retries must survive. */
  | { readonly afterWrite: "reset" | FaultAnswer };

/** A fault in place: `hits` tells whether it has struck, which a test should assert. */
export interface Fault {
  readonly hits: number;
  remove(): void;
}
interface Placed {
  readonly match: FaultMatch;
  readonly effect: FaultEffect;
  seen: number;
  hits: number;
}
export interface Target {
  readonly method: string;
  readonly path: string;
  readonly template: string;
  readonly operation: string;
}

export class Faults {
  readonly #placed: Placed[] = [];

  add(match: FaultMatch, effect: FaultEffect): Fault {
    const placed: Placed = { match, effect, seen: 0, hits: 0 };
    this.#placed.push(placed);
    return {
      get hits() {
        return placed.hits;
      },
      remove: () => {
        const index = this.#placed.indexOf(placed);
        if (index !== -1) this.#placed.splice(index, 1);
      },
    };
  }

  clear(): void {
    this.#placed.length = 0;
  }

  /** The effect for this call; the first fault that still has hits left wins. */
  next(target: Target): FaultEffect | undefined {
    for (const placed of this.#placed) {
      const { method, route, skip = 0, times = 1 } = placed.match;
      if (method !== undefined && method.toUpperCase() !== target.method) continue;
      if (typeof route === "string" && ![target.template, target.operation, target.path].includes(route)) continue;
      if (route instanceof RegExp && !route.test(target.path)) continue;
      placed.seen++;
      if (placed.seen <= skip || placed.hits >= times) continue;
      placed.hits++;
      return placed.effect;
    }
    return undefined;
  }
}

/** GitHub's answer when the hour's calls are used up; `reset` in seconds since 1970. */
export const primaryLimit = (reset: number): FaultAnswer => ({
  status: 403,
  headers: {
    "x-ratelimit-limit": "1000",
    "x-ratelimit-remaining": "0",
    "x-ratelimit-used": "1000",
    "x-ratelimit-reset": `${reset}`,
    "x-ratelimit-resource": "core",
  },
  body: {
    message: "API rate limit exceeded for installation.",
    documentation_url: "https://docs.github.com/rest/overview/rate-limits-for-the-rest-api",
    status: "403",
  },
});

/** GitHub's answer to too many calls at once: 403 or 429, with the seconds to wait. */
export const secondaryLimit = (retryAfter: number, status: 403 | 429 = 403): FaultAnswer => ({
  status,
  headers: { "retry-after": `${retryAfter}` },
  body: {
    message: "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.",
    documentation_url: "https://docs.github.com/rest/overview/rate-limits-for-the-rest-api#about-secondary-rate-limits",
    status: `${status}`,
  },
});
