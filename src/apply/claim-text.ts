/** Who applies, as it stands in the claim. */
export interface Holder {
  readonly run: string;
  /** `owner/name` of the run, where it is one of GitHub's. */
  readonly repository?: string;
  /** Tells two processes of one run apart. */
  readonly nonce: string;
  /** ISO 8601: since when, and when it last said so. */
  readonly since: string;
  readonly seen: string;
}

export const RELEASED = "released";

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{3})?Z$/;

/** One line of JSON, for the store and for whoever looks at it. */
export function holderText(holder: Holder & { readonly released?: true }): string {
  return `${JSON.stringify({ evenkeel_claim: 1, ...holder })}\n`;
}

/** Undefined for a text that is no claim. */
export function holderIn(text: string): Holder | typeof RELEASED | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null || member(value, "evenkeel_claim") !== 1) return undefined;
  if (member(value, "released") === true) return RELEASED;
  const [run, nonce, since, seen, repository] = ["run", "nonce", "since", "seen", "repository"].map((name) =>
    member(value, name),
  );
  if (typeof run !== "string" || typeof nonce !== "string" || typeof since !== "string" || typeof seen !== "string")
    return undefined;
  // As we write them and no other way: they stand in messages.
  if (![since, seen].every((time) => TIME.test(time) && !Number.isNaN(Date.parse(time)))) return undefined;
  return { run, nonce, since, seen, ...(typeof repository === "string" ? { repository } : {}) };
}

function member(value: object, name: string): unknown {
  return Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined;
}
