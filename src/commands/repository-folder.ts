import { posix } from "node:path";
import { UsageError } from "../errors.ts";
import type { Workspace } from "./workspace.ts";

/** The folder of the configuration as GitHub names it, "" for the top of the repository: the job's folder is the checkout. Errors: UsageError. */
export function repositoryFolder({ configFile }: Pick<Workspace, "configFile">): string {
  const folder = posix.dirname(configFile.replaceAll("\\", "/"));
  if (/^\/|^\.\.(\/|$)/.test(folder)) throw new UsageError("--config is a path in the repository");
  return folder === "." ? "" : folder;
}
