import { hash } from "../scan/finding.ts";
import type { ResourceView } from "../scan/resource.ts";
import type { Json } from "../types/json.ts";
import type { FieldState } from "../types/scan.ts";

/**
 * What compare-and-set compares: the resource's identity and every field that the check read and the remediation reads or changes. Absent
 * fields are covered by being listed and not there. Sensitive values go in as they are; only their hash comes out.
 */
export function fingerprint(view: ResourceView, covers: readonly string[]): string {
  const { type, id, identity } = view.listed.ref;
  const values = presentValues(covers, (name) => view.state(name));
  return hash([view.unit.account.id, type, id, identity, [...covers], Object.fromEntries(values)]);
}

/** The fingerprint of a resource that is not there. */
export function fingerprintGone(account: string, type: string, id: string): string {
  return hash([account, type, id, "gone"]);
}

export function presentValues(names: readonly string[], state: (name: string) => FieldState): [string, Json][] {
  const present: [string, Json][] = [];
  for (const name of names) {
    const known = state(name);
    if (known.state === "value") present.push([name, known.value]);
  }
  return present;
}
