/** The IAM actions of the services, with AWS's own class of access for each. */
import type { AccessLevel } from "../../types/operation.ts";
import type { IamFile } from "./file.ts";

const levels: readonly AccessLevel[] = ["List", "Read", "Write", "Permissions management", "Tagging"];

/** Action (`s3:ListAllMyBuckets`) -> class of access. IAM compares actions without regard to case; this map has AWS's spelling. */
export function actionsOf(file: IamFile): ReadonlyMap<string, AccessLevel> {
  const actions = new Map<string, AccessLevel>();
  for (const [prefix, byLevel] of Object.entries(file.actions)) {
    for (const level of levels) {
      for (const name of (byLevel[level] ?? "").split(" ")) if (name !== "") actions.set(`${prefix}:${name}`, level);
    }
  }
  return actions;
}

/** True where it is known that all of them only list or read. An operation without a known action may do anything. */
export function onlyReads(needed: readonly string[], actions: ReadonlyMap<string, AccessLevel>): boolean {
  if (needed.length === 0) return false;
  return needed.every((action) => {
    const access = actions.get(action);
    return access === "List" || access === "Read";
  });
}
