import { canonical } from "../json.ts";
import { visible } from "../text/plain.ts";
import type { Plan, PlanItem } from "../types/plan.ts";
import { confirmationLine, itemHash } from "./file.ts";

/** Longer ones the plan's form does not take (schemas/plan-confirmation.json). */
const LONGEST = 2_048;

/**
 * Whether an item runs only where somebody confirmed it by name. What takes a destructive change back is none: it may only be what the journal says
 * was there before, and must not wait in an emergency.
 */
export function needsConfirming({ risk, undoes }: PlanItem): boolean {
  return risk === "destructive" && undoes === undefined;
}

/** What a plan's confirmation lines come to. */
export interface Confirmations {
  /** IDs of the items that somebody confirmed. */
  readonly items: ReadonlySet<string>;
  /** IDs of those that nobody did. */
  readonly missing: ReadonlySet<string>;
  /** Lines that confirm nothing, as they stand in the file, and why. */
  readonly idle: readonly { readonly name: string; readonly why: string }[];
}

/**
 * A confirmation names a resource of the plan by its ARN, its ID, or the ID of its item, and holds for all destructive items of that resource. A
 * name that two resources share says nothing: an ID in one account must not confirm the same ID in another.
 */
export function confirmations({ items, confirmed = [] }: Plan): Confirmations {
  const named = byName(items);
  const sure = new Set<string>();
  const idle: { name: string; why: string }[] = [];
  for (const name of new Set(confirmed)) {
    const found = named.get(name) ?? [];
    if (found.length === 0) idle.push({ name, why: "no destructive item of this plan is about it" });
    else if (!oneResource(found)) idle.push({ name, why: "more than one resource of this plan has that name" });
    else for (const { id } of found) sure.add(id);
  }
  const missing = items.filter((item) => needsConfirming(item) && !sure.has(item.id));
  return { items: sure, missing: new Set(missing.map(({ id }) => id)), idle };
}

/**
 * The name by which to confirm each item that needs it, by item ID: the resource's ARN, else its ID, else that of the item, which anybody can
 * write. `shows`: whether a name survives where it is shown, so that it can be copied; without what does not show unless told.
 */
export function confirmationNames(
  items: readonly PlanItem[],
  shows: (name: string) => boolean = (name) => visible(name) === name,
): ReadonlyMap<string, string> {
  const named = byName(items);
  const fits = (name: string): boolean =>
    name !== "" && name.length <= LONGEST && shows(name) && oneResource(named.get(name) ?? []);
  return new Map(items.filter(needsConfirming).map((item) => [item.id, namesOf(item).find(fits) ?? item.id]));
}

/** The items of a plan that nobody confirmed, by ID, each with the line that would. */
export function unconfirmedLines(plan: Plan): ReadonlyMap<string, string> {
  const { missing } = confirmations(plan);
  const names = [...confirmationNames(plan.items)].filter(([id]) => missing.has(id));
  return new Map(names.map(([id, name]) => [id, confirmationLine(name)]));
}

/**
 * The confirmations that a new plan on the branch keeps: those that held, and name nothing but what they named, line for line. Whatever looks
 * different now, or came to it under the same name, nobody has confirmed.
 */
export function keptConfirmations(before: Plan, after: readonly PlanItem[]): readonly string[] {
  const [then, now] = [byName(before.items), byName(after)];
  return [...new Set(before.confirmed)].filter((name) => {
    const held = then.get(name) ?? [];
    const seen = new Set(held.map(itemHash));
    const found = now.get(name) ?? [];
    return oneResource(held) && found.length > 0 && found.every((item) => seen.has(itemHash(item)));
  });
}

function namesOf({ id, resource }: PlanItem): readonly string[] {
  return [resource.arn, resource.id, id];
}

function byName(items: readonly PlanItem[]): ReadonlyMap<string, readonly PlanItem[]> {
  const named = new Map<string, PlanItem[]>();
  for (const item of items.filter(needsConfirming)) {
    for (const name of new Set(namesOf(item))) named.set(name, [...(named.get(name) ?? []), item]);
  }
  return named;
}

function oneResource(items: readonly PlanItem[]): boolean {
  return new Set(items.map(placeOf)).size === 1;
}

function placeOf({ account, region, resource }: PlanItem): string {
  return canonical([account, region, resource.type, resource.id]);
}
