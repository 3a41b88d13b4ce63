import type { CatalogueFile, FileKind } from "../catalogue/files.ts";
import { FOLDERS } from "../catalogue/files.ts";

/**
 * One side of a pull request as data: texts by their path below the configuration's folder. Where they came from (a folder, a commit that
 * was never checked out) makes no difference any more.
 */
export interface Side {
  readonly texts: ReadonlyMap<string, string>;
  /** The configuration's file name, a key of `texts` where there is one. */
  readonly configName: string;
  /** What stands before each path when it is shown: `prod/`, or "". */
  readonly prefix: string;
}

const EXCEPTIONS = "exceptions";

/** Whether a path below the configuration's folder is one that Evenkeel reads. */
export function isOwnPath(path: string, configName: string): boolean {
  if (path === configName) return true;
  const [folder = "", ...rest] = path.split("/");
  return rest.length > 0 && /\.ya?ml$/.test(path) && (Object.hasOwn(FOLDERS, folder) || folder === EXCEPTIONS);
}

/** Undefined for the configuration and for exceptions, which are no part of the catalogue. */
function kindOf(path: string): FileKind | undefined {
  if (path.startsWith("policies/packs/")) return "pack";
  const folder = path.split("/")[0] ?? "";
  return Object.entries(FOLDERS).find(([name]) => name === folder)?.[1];
}

/** A side in the form in which a workspace is loaded, in the order in which folders are read. */
export function ownFiles({ texts, configName, prefix }: Side) {
  const order: readonly string[] = Object.keys(FOLDERS);
  const paths = [...texts.keys()].sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
  function rank(path: string): number {
    return order.indexOf(path.split("/")[0] ?? "");
  }
  const files: CatalogueFile[] = [];
  const exceptions: { readonly kind: "exceptions"; readonly file: string; readonly text: string }[] = [];
  for (const path of paths) {
    if (path === configName) continue;
    const kind = kindOf(path);
    const text = texts.get(path) ?? "";
    const file = `${prefix}${path}`;
    if (kind !== undefined) files.push({ kind, file, text, builtin: false });
    else if (path.startsWith(`${EXCEPTIONS}/`)) exceptions.push({ kind: "exceptions", file, text });
  }
  return { files, exceptions, configFile: `${prefix}${configName}`, config: texts.get(configName) };
}
