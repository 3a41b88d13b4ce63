import type { Json } from "../types/json.ts";

/** Why a value could not be read. */
export interface Unreadable {
  readonly code: string;
  readonly message: string;
}

/**
 * Values inside test fixtures that stand for "could not be read". They are known by identity, never by their content:
 * JSON that AWS returned can look like `{"$unknown": …}` and is still plain JSON.
 */
const markers = new WeakMap<object, Unreadable>();

export function markUnreadable(value: object, why: Unreadable): void {
  markers.set(value, why);
}

export function unreadable(value: Json): Unreadable | undefined {
  return typeof value === "object" && value !== null ? markers.get(value) : undefined;
}
