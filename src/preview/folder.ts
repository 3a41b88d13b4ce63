import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join, relative, resolve } from "node:path";
import { UsageError } from "../errors.ts";
import { isOwnPath, type Side } from "./side.ts";

/** A side that stands in a folder. `config`: the configuration's path in it; `cwd`: what paths are shown from. Errors: UsageError. */
export function folderSide(cwd: string, folder: string, config: string): Side {
  const path = resolve(cwd, folder);
  if (!isFolder(path)) throw new UsageError(`there is no folder ${folder}`);
  const root = resolve(path, config, "..");
  const configName = basename(config);
  const shown = relative(cwd, root).replaceAll("\\", "/");
  const names = isFolder(root) ? readdirSync(root).filter((name) => isOwnPath(`${name}/x.yaml`, configName)) : [];
  const paths = [
    configName,
    ...names.flatMap((name) => {
      if (!isFolder(join(root, name))) return [];
      const below = readdirSync(join(root, name), { recursive: true, encoding: "utf8" });
      return below.map((entry) => `${name}/${entry.replaceAll("\\", "/")}`);
    }),
  ];
  const texts = new Map<string, string>();
  for (const own of paths.filter((one) => isOwnPath(one, configName))) {
    const content = fileAt(join(root, own));
    if (content !== undefined) texts.set(own, content.toString("utf8"));
  }
  return { texts, configName, prefix: shown === "" ? "" : `${shown}/` };
}

/** The bytes of a file, or undefined where there is none. */
export function fileAt(path: string): Buffer | undefined {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true ? readFileSync(path) : undefined;
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
