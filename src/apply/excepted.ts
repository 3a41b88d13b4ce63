import { coverOf, hasTags, holds, matchesPlace } from "../catalogue/exceptions-match.ts";
import { Bug } from "../errors.ts";
import { exceptedWords } from "../plan/exceptions.ts";
import { forEachConcurrent } from "../scan/concurrency.ts";
import { readAgain, type Unit } from "../scan/inventory.ts";
import { ResourceView, sharedOf, unknownFrom } from "../scan/resource.ts";
import type { Exception } from "../types/exception.ts";
import type { Outcome } from "../types/outcome.ts";
import type { PlanItem } from "../types/plan.ts";
import type { FieldState } from "../types/scan.ts";
import { type ApplyContext, isoNow, outcomeOf } from "./context.ts";

const READS_AT_ONCE = 4;

/**
 * The items that today's exceptions keep from being applied, and how each ends: by item ID. Approval does not matter: an exception that came
 * after it is the later word. Only exceptions with tags cost a call; where the tags cannot be read, the item ends `unknown`, never applied.
 * An undo is no fix, so no exception speaks of it.
 */
export async function exceptedNow(
  items: readonly PlanItem[],
  context: ApplyContext,
): Promise<ReadonlyMap<string, Outcome>> {
  const now = isoNow(context.clock);
  const inForce = (context.exceptions ?? []).filter((one) => holds(one, now));
  const ended = new Map<string, Outcome>();
  if (inForce.length === 0) return ended;
  await forEachConcurrent(items, READS_AT_ONCE, async (item) => {
    if (item.undoes !== undefined) return;
    const concerned = inForce.filter((one) => matchesPlace(one, item));
    const outcome = concerned.length === 0 ? undefined : await outcomeBy(concerned, item, context);
    if (outcome !== undefined) ended.set(item.id, outcome);
  });
  return ended;
}

async function outcomeBy(
  concerned: readonly Exception[],
  item: PlanItem,
  context: ApplyContext,
): Promise<Outcome | undefined> {
  const plain = concerned.filter(({ match }) => match.tag === undefined);
  // Without tags to ask for, nothing is read at all: the item ends even where its account cannot be entered.
  const tags = plain.length > 0 ? undefined : await tagsNow(item, context);
  const cover = coverOf(plain.length > 0 ? plain : concerned, item, () => tags);
  if (cover.kind === "none") return undefined;
  const { exception } = cover;
  const place = `${exception.file}:${exception.line}`;
  if (cover.kind === "excepted") {
    const reason = `${exceptedWords(exception)} [${place}]`;
    return outcomeOf(item, "excepted", reason, "nothing to do; the finding comes back when the exception ends");
  }
  const reason = `the exception in ${place} goes by tags, which could not be read: ${cover.message}`;
  return outcomeOf(item, "unknown", reason, "mend the read role's permissions and run apply again");
}

/** The tags as they are now; undefined where there are none to have (the resource is gone, its type has none). */
async function tagsNow(item: PlanItem, context: ApplyContext): Promise<FieldState | undefined> {
  const type = context.catalogue.types.get(item.resource.type);
  const account = context.config.accounts.find(({ id }) => id === item.account);
  if (type === undefined || account === undefined || !hasTags(type)) return undefined;
  const region = type.file.scope === "global" ? context.homeRegion : item.region;
  const unit: Unit = { type, account, region, partition: context.config.partition, aws: context.reader };
  try {
    await context.reader.enter(item.account);
    const listed = await readAgain(unit, item.resource.id);
    if (listed === undefined) return undefined;
    const view = new ResourceView(unit, listed, sharedOf(unit, noAccountField));
    await view.fetch("Tags");
    return view.state("Tags");
  } catch (error) {
    return unknownFrom(error);
  }
}

function noAccountField(): never {
  throw new Bug("tags are no field of the account");
}
