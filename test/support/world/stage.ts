/** A moto with a fault proxy before it, and in it accounts that a test has for itself. */

import type { Clock } from "../../../src/types/clock.ts";
import type { Journal } from "../../../src/types/journal.ts";
import type { Plan, PlanItem } from "../../../src/types/plan.ts";
import { type Credentials, rootCredentials } from "../accounts.ts";
import { type Engine, engine } from "../engine.ts";
import { type FaultProxy, startFaultProxy } from "../fault-proxy.ts";
import { startMoto } from "../moto.ts";
import type { Emulator } from "../ports.ts";
import { type Clients, clientsOf } from "./clients.ts";
import { makeBucket } from "./s3.ts";

export interface RunOptions {
  /** More than one account where needed; regions are `us-east-1`. */
  readonly accounts: readonly string[];
  /** Entries of the configuration, or IDs of policies. */
  readonly policies: readonly (string | object)[];
  readonly guards?: object;
  readonly plan_ttl?: string;
  readonly clock?: Clock;
  readonly journal?: Journal;
  readonly journalPath?: string;
  readonly batched?: boolean;
}

export interface Stage {
  readonly moto: Emulator;
  readonly proxy: FaultProxy;
  readonly credentials: Credentials;
  /** Clients of an account that nobody used before, past the proxy. Accounts instead of resets: no test sees another's resources. */
  account(): Promise<Clients>;
  /** The engine behind the proxy. */
  run(options: RunOptions): Engine;
  /** Writing calls that the emulator has seen while `work` ran, whether or not their answers arrived. */
  writes<T>(work: () => Promise<T>): Promise<{ result: T; sent: string[] }>;
  stop(): Promise<void>;
}

export async function startStage(): Promise<Stage> {
  const moto = await startMoto();
  const proxy = await startFaultProxy(moto.url);
  const credentials = await rootCredentials(moto, "999999999999");
  const open: { close(): void }[] = [];
  let accounts = 0;
  let models: Engine["workspace"]["models"] | undefined;

  return {
    moto,
    proxy,
    credentials,
    async account() {
      accounts += 1;
      const clients = await clientsOf(moto, String(100_000_000_000 + accounts));
      open.push({ close: () => clients.destroy() });
      return clients;
    },
    run({ accounts: ids, policies, guards, plan_ttl, ...options }) {
      const made = engine({
        url: proxy.url,
        credentials,
        config: stageConfig(ids, policies, guards, plan_ttl),
        ...options,
      });
      models = made.workspace.models;
      open.push(made);
      return made;
    },
    async writes(work) {
      const from = proxy.calls.length;
      const result = await work();
      const sent = proxy.calls.slice(from).flatMap(({ service, operation, forwarded }) => {
        const reads = service === "sts" || models?.operation(service, operation)?.reads === true;
        return reads || !forwarded ? [] : [`${service}:${operation}`];
      });
      return { result, sent };
    },
    async stop() {
      for (const one of open.splice(0)) one.close();
      await proxy.stop();
      await moto.stop();
    },
  };
}

/** Without the share guard: of few resources it would say too much. */
export function stageConfig(
  ids: readonly string[],
  policies: readonly (string | object)[],
  guards: object = {},
  ttl?: string,
): object {
  return {
    accounts: ids.map((id) => ({ id, name: `account-${id}` })),
    regions: ["us-east-1"],
    policies: policies.map((one) => (typeof one === "string" ? { use: one } : one)),
    guards: { percent: 100, ...guards },
    ...(ttl === undefined ? {} : { plan_ttl: ttl }),
  };
}

/** The plan file with the lines of these items only: a reviewer deleted the others. */
export function onlyItems(text: string, keep: (item: PlanItem) => boolean, plan: Plan): string {
  const kept = new Set(plan.items.filter(keep).map(({ id }) => id));
  const lines = text.trimEnd().split("\n");
  return `${lines.filter((_line, index) => index === 0 || kept.has(plan.items[index - 1]?.id ?? "")).join("\n")}\n`;
}

/** Steps and verification writes are not looked into: this is what an apply came to, by resource. */
export function outcomesBy(applied: {
  readonly outcomes: readonly { readonly resource: string; readonly outcome: string }[];
}): Record<string, string> {
  return Object.fromEntries(applied.outcomes.map(({ resource, outcome }) => [resource, outcome]));
}

/** A fresh account with buckets that block nothing, and the engine that looks after them by one policy unless told otherwise. */
export async function openBuckets(stage: Stage, count: number, options: Partial<RunOptions> = {}) {
  const clients = await stage.account();
  const names = Array.from({ length: count }, (_, index) => `b${String(index).padStart(2, "0")}-${clients.account}`);
  for (const name of names) await makeBucket(clients, name);
  const run = stage.run({ accounts: [clients.account], policies: ["s3_bucket_public_access_block"], ...options });
  return { clients, names, run };
}
