import { nearest } from "../text/nearest.ts";
import { CHECKS, type CheckId, checkIds, isCheckId } from "./check.ts";

/** The checks that can be allowed to be wrong, by name: those on security. The others stop nothing. */
export const securityIds: readonly CheckId[] = checkIds.filter((id) => CHECKS[id][0] === "security");

export function isSecurityId(name: string): name is CheckId {
  return isCheckId(name) && securityIds.includes(name);
}

/** The name that was meant, where it is near enough to one. */
export function nearestCheck(name: string): string | undefined {
  return nearest(name, securityIds);
}
