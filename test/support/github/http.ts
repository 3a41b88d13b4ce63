/** The plain side of the server: reading requests, sending answers, counting calls. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { FaultAnswer } from "./faults.ts";
import { Refusal, type Reply } from "./reply.ts";
import type { Context } from "./routes/route.ts";
import type { World } from "./state.ts";

/** Calls an hour and actor. Asking for the limit does not count, as on GitHub. */
export class Rates {
  readonly #world: World;
  readonly #limit: number | undefined;
  readonly #used = new Map<string, { used: number; resetAt: number }>();
  constructor(world: World, limit: number | undefined) {
    this.#world = world;
    this.#limit = limit;
  }
  count(login: string, counts: boolean): Context["rate"] {
    const now = Math.floor(Date.parse(this.#world.now()) / 1000);
    const held = this.#used.get(login);
    const window = held === undefined || now >= held.resetAt ? { used: 0, resetAt: now + 3600 } : held;
    this.#used.set(login, window);
    const limit = this.#limit ?? 5000;
    if (counts && this.#limit !== undefined && window.used >= limit)
      throw new Refusal(403, `API rate limit exceeded for ${login}.`, {}, rateHeaders({ limit, ...window }));
    if (counts) window.used++;
    return { limit, ...window };
  }
}

export const rateHeaders = (rate: Context["rate"]): Record<string, string> => ({
  "x-ratelimit-limit": `${rate.limit}`,
  "x-ratelimit-remaining": `${Math.max(0, rate.limit - rate.used)}`,
  "x-ratelimit-used": `${rate.used}`,
  "x-ratelimit-reset": `${rate.resetAt}`,
  "x-ratelimit-resource": "core",
});

export async function readAll(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString();
}

export function send(response: ServerResponse, reply: Reply | FaultAnswer, more: Record<string, string>): void {
  const raw = Buffer.isBuffer(reply.body);
  const type = raw ? "application/vnd.github.raw; charset=utf-8" : "application/json; charset=utf-8";
  const data = raw ? reply.body : reply.body === undefined ? "" : JSON.stringify(reply.body);
  response.writeHead(reply.status, { ...(data === "" ? {} : { "content-type": type }), ...more, ...reply.headers });
  response.end(data);
}
