import type { CompiledType, EffectivePolicy } from "../catalogue/compiled.ts";
import { Bug } from "../errors.ts";
import { isArray, isObject, own, sameJson } from "../json.ts";
import { fingerprint, fingerprintGone } from "../plan/fingerprint.ts";
import { attributes } from "../scan/finding.ts";
import { listResources, readAgain, type Unit } from "../scan/inventory.ts";
import { ResourceView, type Shared, sharedOf, unknownFrom } from "../scan/resource.ts";
import type { ConfigAccount } from "../types/catalogue.ts";
import type { Json, JsonObject } from "../types/json.ts";
import type { PlanItem } from "../types/plan.ts";
import { isoNow, type LookContext } from "./context.ts";

/** What is there now, in the terms of one plan item. */
export type Look =
  | { readonly kind: "gone"; readonly fingerprint: string }
  | { readonly kind: "other"; readonly was: string; readonly is: string }
  | { readonly kind: "there"; readonly fingerprint: string; readonly view: ResourceView; readonly fields: JsonObject }
  | { readonly kind: "unreadable"; readonly field: string; readonly message: string };

/** Reads the item's resource afresh: nothing of an earlier look is reused. */
export async function look(
  item: PlanItem,
  type: CompiledType,
  account: ConfigAccount,
  context: LookContext,
): Promise<Look> {
  const home = type.file.scope === "global" ? context.homeRegion : item.region;
  const unit: Unit = { type, account, region: home, partition: context.config.partition, aws: context.reader };
  const listed = await readAgain(unit, item.resource.id);
  if (listed === undefined) {
    return { kind: "gone", fingerprint: fingerprintGone(item.account, item.resource.type, item.resource.id) };
  }
  const { identity, arn } = listed.ref;
  if (identity !== item.resource.identity || arn !== item.resource.arn) {
    return { kind: "other", was: `${item.resource.arn} (${item.resource.identity})`, is: `${arn} (${identity})` };
  }
  const view = new ResourceView(unit, listed, sharedOf(unit, accountFieldsOf(account, context)));
  for (const name of item.covers) {
    await view.fetch(name);
    const state = view.state(name);
    if (state.state === "unknown") return { kind: "unreadable", field: name, message: state.message };
  }
  return { kind: "there", fingerprint: fingerprint(view, item.covers), view, fields: attributes(view, item.fields) };
}

/** Whether the policy's check passes on what was just read; undefined where that cannot be told. */
export async function passes(
  effective: EffectivePolicy,
  view: ResourceView,
  context: LookContext,
): Promise<boolean | undefined> {
  for (const [root, field] of effective.policy.check.reads) {
    if (root === "resource" && field !== undefined) await view.fetch(field);
  }
  const result = effective.policy.check.evaluate({
    ...view.bindings,
    resource: { read: (member) => view.state(member) },
    params: { json: effective.params },
    now: { json: isoNow(context.clock) },
  });
  return result.kind === "value" ? result.value === true : undefined;
}

/** Where calls about the item's resource go. */
export function callRegion(item: PlanItem, context: LookContext): string {
  return item.region === "global" ? context.homeRegion : item.region;
}

/**
 * Whether `now` shows what was planned. AWS may add members of its own and reformats documents, so a structure must contain the planned
 * members, and documents are compared as documents.
 */
export function shows(now: JsonObject, planned: JsonObject, fields: readonly string[]): boolean {
  return fields.every((name) => {
    const is = own(now, name);
    const wanted = own(planned, name);
    return wanted === undefined ? is === undefined : is !== undefined && contains(is, wanted);
  });
}

function contains(is: Json, wanted: Json): boolean {
  if (isObject(is) && isObject(wanted)) {
    return Object.keys(wanted).every((key) => contains(own(is, key) ?? null, own(wanted, key) ?? null));
  }
  if (isArray(is) && isArray(wanted)) {
    return is.length === wanted.length && is.every((value, index) => contains(value, wanted[index] ?? null));
  }
  if (typeof is === "string" && typeof wanted === "string" && is !== wanted) {
    const [left, right] = [document(is), document(wanted)];
    return left !== undefined && right !== undefined && sameJson(left, right);
  }
  return sameJson(is, wanted);
}

function document(text: string): Json | undefined {
  try {
    const value: Json = JSON.parse(text);
    return isObject(value) || isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function accountFieldsOf(account: ConfigAccount, context: LookContext): Shared["accountField"] {
  const accountField: Shared["accountField"] = async (typeName, field) => {
    const type = context.catalogue.types.get(typeName);
    if (type === undefined) throw new Bug(`no type ${typeName}`);
    const unit: Unit = {
      type,
      account,
      region: context.homeRegion,
      partition: context.config.partition,
      aws: context.reader,
    };
    try {
      for await (const listed of listResources(unit)) {
        const view = new ResourceView(unit, listed, sharedOf(unit, accountField));
        await view.fetch(field);
        return view.state(field);
      }
    } catch (error) {
      return unknownFrom(error);
    }
    return { state: "absent" };
  };
  return accountField;
}
