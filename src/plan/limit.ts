import { canonical, toJson } from "../json.ts";
import type { HeldItem, Plan } from "../types/plan.ts";
import { partOf } from "./build.ts";
import { itemLine } from "./file.ts";
import { SEVERITY_ORDER } from "./guards.ts";
import { byId, heldItem } from "./held.ts";

/** GitHub shows the diff of a file up to 500 KB; above, nobody can review what they approve. */
const MAX_ITEMS = 300;
const MAX_BYTES = 400_000;
/** What a file may spend on listing held items, as a part of its bytes: they are told in the pull request, while the items are what is approved. */
const HELD_PART = 0.1;
/** Of an item in the header: its hash in quotes, and a comma. */
const HASH_BYTES = 67;
/** Of the header without its lists, and its signature. */
const REST_BYTES = 2_500;

export interface FileLimits {
  readonly items: number;
  /** Of the whole file. */
  readonly bytes: number;
}

const LIMITS: FileLimits = { items: MAX_ITEMS, bytes: MAX_BYTES };

/**
 * As much of a plan as one pull request can show, worst first; the rest waits, counted, for the next. What is held is all there still: `brief`
 * shortens its list for the file.
 */
export function reviewable(plan: Plan, most: FileLimits = LIMITS): Plan {
  const urgent = [...plan.items].sort((a, b) => SEVERITY_ORDER[a.severity] - SEVERITY_ORDER[b.severity] || byId(a, b));
  const sizes = new Map(plan.items.map((item) => [item.id, Buffer.byteLength(itemLine(item)) + 1 + HASH_BYTES]));
  const all = [...sizes.values()].reduce((sum, size) => sum + size, 0);
  const listed = Math.min(bytesOf(plan.header.held), heldBytes(most));
  if (plan.items.length <= most.items && all + listed + REST_BYTES <= most.bytes) return plan;
  const room = most.bytes - heldBytes(most) - REST_BYTES;
  const taken = new Set<string>();
  let bytes = 0;
  for (const { id } of urgent) {
    bytes += sizes.get(id) ?? 0;
    if (taken.size >= most.items || bytes > room) break;
    taken.add(id);
  }
  const reason = `one pull request shows ${taken.size} of ${plan.items.length} items; the rest waits for the next`;
  const waiting = plan.items.filter(({ id }) => !taken.has(id)).map((item) => heldItem(item, "capped", reason));
  const part = partOf(plan, plan.header.scope, (item) => taken.has(item.id) || !("calls" in item));
  return withHeld(part, [...part.header.held, ...waiting].sort(byId));
}

/** The plan as its file has it: of what is held as much as fits, the first by ID, and the number of the rest. */
export function brief(plan: Plan, most: FileLimits = LIMITS): Plan {
  const { held } = plan.header;
  let bytes = 0;
  let number = 0;
  for (const item of held) {
    bytes += bytesOf(item) + 1;
    if (bytes > heldBytes(most)) break;
    number += 1;
  }
  if (number === held.length) return plan;
  const header = { ...plan.header, held: held.slice(0, number), held_more: held.length - number };
  return { ...plan, header };
}

/** The same plan with everything that is held, for those who tell of it; what names the plan is not touched by that. */
export function withHeld(plan: Plan, held: readonly HeldItem[]): Plan {
  const { held_more: _, ...header } = plan.header;
  return { ...plan, header: { ...header, held } };
}

function heldBytes({ bytes }: FileLimits): number {
  return Math.floor(bytes * HELD_PART);
}

function bytesOf(value: object): number {
  return Buffer.byteLength(canonical(toJson(value)));
}
