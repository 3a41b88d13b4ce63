import { isObject, own } from "../json.ts";
import type { Exception, ExceptionMatch } from "../types/exception.ts";
import type { FieldState, ResourceRef } from "../types/scan.ts";
import type { CompiledType } from "./compiled.ts";

/** What an exception may be about: a finding, or an approved item of a plan. */
export interface Subject {
  readonly policy: string;
  readonly account: string;
  readonly region: string;
  readonly resource: Pick<ResourceRef, "id" | "arn">;
}

/** How the resource's tags stand; asked only where an exception that matches otherwise speaks of tags. Undefined: its type has none. */
export type TagsOf = () => FieldState | undefined;

export type Cover =
  | { readonly kind: "none" }
  | { readonly kind: "excepted"; readonly exception: Exception }
  /** Whether the exception matches hangs on tags that could not be read. */
  | { readonly kind: "unknown"; readonly exception: Exception; readonly message: string };

const DAY = 86_400_000;

/** Days (UTC) from the day of `now` (ISO 8601) to the day `date` (`YYYY-MM-DD`); negative for days that are past. */
export function daysUntil(date: string, now: string): number {
  return Math.round((Date.parse(`${date}T00:00:00.000Z`) - Date.parse(`${now.slice(0, 10)}T00:00:00.000Z`)) / DAY);
}

/** The day (`YYYY-MM-DD`) so many days after the day that an ISO 8601 time or date begins with. */
export function daysAfter(date: string, days: number): string {
  return new Date(Date.parse(`${date.slice(0, 10)}T00:00:00.000Z`) + days * DAY).toISOString().slice(0, 10);
}

/** An exception holds to the end of its last day. */
export function holds(exception: Pick<Exception, "expires">, now: string): boolean {
  return daysUntil(exception.expires, now) >= 0;
}

/** Whether resources of the type have tags of their own: a map in the field `Tags`, not joined from the account. */
export function hasTags(type: CompiledType): boolean {
  const field = type.fields.get("Tags");
  return field !== undefined && field.shape.kind === "map" && field.source.kind !== "account";
}

/** Everything but the tags: what can be told without reading anything. */
export function matchesPlace(exception: Pick<Exception, "policy" | "match">, subject: Subject): boolean {
  const { account, region, resource } = exception.match;
  return (
    exception.policy === subject.policy &&
    (account === undefined || account === subject.account) &&
    (region === undefined || region === subject.region) &&
    (resource === undefined || resource === subject.resource.id || resource === subject.resource.arn)
  );
}

/** Whether the resource has all the tags; `unknown` where they could not be read. */
export function matchesTags(tag: ExceptionMatch["tag"], state: FieldState | undefined): "yes" | "no" | "unknown" {
  if (tag === undefined) return "yes";
  if (state?.state === "unknown") return "unknown";
  const tags = state?.state === "value" ? state.value : undefined;
  if (!isObject(tags)) return "no";
  return Object.entries(tag).every(([key, value]) => own(tags, key) === value) ? "yes" : "no";
}

/**
 * The exception that covers the subject, of those given. Of several the one that holds longest is named, so that the report tells how long
 * the resource is really left alone; a definite match wins over one that cannot be told. The order of `exceptions` makes no difference.
 */
export function coverOf(exceptions: readonly Exception[], subject: Subject, tags: TagsOf): Cover {
  let cover: Cover = { kind: "none" };
  for (const exception of [...exceptions].sort(longestFirst)) {
    if (!matchesPlace(exception, subject)) continue;
    const state = exception.match.tag === undefined ? undefined : tags();
    const matched = matchesTags(exception.match.tag, state);
    if (matched === "yes") return { kind: "excepted", exception };
    if (matched === "unknown" && cover.kind === "none") {
      cover = { kind: "unknown", exception, message: state?.state === "unknown" ? state.message : "" };
    }
  }
  return cover;
}

function longestFirst(a: Exception, b: Exception): number {
  return a.expires === b.expires ? byPlace(a, b) : a.expires > b.expires ? -1 : 1;
}

/** By file, then line: the order in which reports list exceptions. */
export function byPlace(a: Pick<Exception, "file" | "line">, b: Pick<Exception, "file" | "line">): number {
  return a.file < b.file ? -1 : a.file > b.file ? 1 : a.line - b.line;
}
