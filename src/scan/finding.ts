import { createHash } from "node:crypto";
import type { CompiledType, EffectivePolicy } from "../catalogue/compiled.ts";
import { canonical, isArray, isObject } from "../json.ts";
import type { Json, JsonObject } from "../types/json.ts";
import type { FieldState, Finding, ResourceRef } from "../types/scan.ts";
import type { Shape } from "../types/shape.ts";
import type { Verdict } from "./evaluate.ts";
import type { ResourceView } from "./resource.ts";

/** SHA-256 of the canonical form, in hex. */
export function hash(value: Json): string {
  return createHash("sha256").update(canonical(value)).digest("hex");
}

/** The key by which anything outside recognises a finding again: the same in every output and every run. */
export function findingId(policy: string, account: string, region: string, resource: ResourceRef): string {
  const { type, id, identity } = resource;
  return hash([policy, account, region, type, id, identity]).slice(0, 32);
}

export function findingOf(effective: EffectivePolicy, view: ResourceView, verdict: Verdict): Finding {
  const { policy, account, severity } = effective;
  const { ref, region } = view.listed;
  return {
    id: findingId(policy.file.id, account.id, region, ref),
    policy: policy.file.id,
    status: verdict.status,
    severity,
    account: account.id,
    region,
    resource: ref,
    reason: verdict.reason,
    attributes: attributes(view, verdict.read),
    location: policy.location,
  };
}

/** Fields as people and files see them: unknown ones left out, sensitive ones as a hash and a length. */
export function attributes(view: ResourceView, names: readonly string[]): JsonObject {
  const shown: [string, Json][] = [];
  for (const name of names) {
    const value = shownValue(view.unit.type, name, view.state(name));
    if (value !== undefined) shown.push([name, value]);
  }
  return Object.fromEntries(shown);
}

/** `undefined` where the field is not set or could not be read. */
export function shownValue(type: CompiledType, name: string, state: FieldState): Json | undefined {
  if (state.state !== "value") return undefined;
  const field = type.fields.get(name);
  if (field === undefined) return undefined;
  return field.sensitive ? hidden(state.value) : withoutSecrets(state.value, field.shape);
}

function hidden(value: Json): Json {
  return { sha256: hash(value), length: canonical(value).length };
}

/** Hides the members that AWS's own model marks as sensitive, however deep they stand. */
function withoutSecrets(value: Json, shape: Shape): Json {
  if (shape.kind === "list" && isArray(value)) return value.map((item) => withoutSecrets(item, shape.element));
  if (shape.kind === "map" && isObject(value)) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withoutSecrets(item, shape.value)]));
  }
  if (shape.kind !== "structure" || !isObject(value)) return value;
  const members = Object.entries(value).map(([key, item]): [string, Json] => {
    const member = shape.members.get(key);
    if (member === undefined) return [key, item];
    return [key, member.sensitive ? hidden(item) : withoutSecrets(item, member.shape)];
  });
  return Object.fromEntries(members);
}
