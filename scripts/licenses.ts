/** The licences of the packages that are copied into the bundle, as their authors ask for. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

interface Bundled {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  /** Licence and notice files, one after the other. */
  readonly text: string;
}

const INTRODUCTION =
  "The files in main/ hold code of the packages named below, each list followed by the licence its packages come with.\n" +
  "Evenkeel itself is under the Apache License 2.0, in the file LICENSE of its repository.\n";

/**
 * @param folders of packages, in any order.
 * @param apache text of the Apache License 2.0, for packages that only name it.
 * @throws where a package comes without its licence's text: somebody must then find it.
 */
export function licensesText(folders: readonly string[], apache: string): string {
  const packages = folders.map((folder) => bundled(folder, apache)).sort((a, b) => (label(a) < label(b) ? -1 : 1));
  const byText = Map.groupBy(packages, ({ text }) => text);
  const parts = [...byText].map(([text, group]) => {
    const labels = [...new Set(group.map(label))];
    return `${"=".repeat(78)}\n${labels.join("\n")}\n${"-".repeat(78)}\n\n${text}\n`;
  });
  return [INTRODUCTION, ...parts].join("\n");
}

/** The package that a file belongs to; undefined: none, it is our own. */
export function packageFolder(file: string): string | undefined {
  return /^.*\/node_modules\/(?:@[^/]+\/)?[^/@]+(?=\/)/.exec(file.replaceAll("\\", "/").replace(/^\0+/, ""))?.[0];
}

/** Packages that an earlier bundling left the names of: rolldown heads each module with a comment that holds its path. */
export function packagesNamedIn(bundle: string, root: string): readonly string[] {
  const names = [...bundle.matchAll(/^\/\/.*?\bnode_modules\/((?:@[^/\n]+\/)?[^/\n]+)\//gm)].map(
    ([, name]) => name ?? "",
  );
  return [...new Set(names)].map((name) => join(root, "node_modules", name));
}

function bundled(folder: string, apache: string): Bundled {
  const { name, version, license }: Record<"name" | "version" | "license", unknown> = JSON.parse(
    readFileSync(join(folder, "package.json"), "utf8"),
  );
  const files = readdirSync(folder).filter((file) => /^(licen[cs]e|copying|notice)([.-]|$)/i.test(file));
  if (files.length === 0 && license !== "Apache-2.0")
    throw new Error(`${String(name)} comes without its licence's text`);
  const texts = files.sort().map((file) => readFileSync(join(folder, file), "utf8").replaceAll("\r\n", "\n").trim());
  return {
    name: String(name),
    version: String(version),
    license: String(license),
    text: tidy(texts.length === 0 ? apache : texts.join("\n\n")),
  };
}

/** Line ends and outer white space differ between copies of one text. */
function tidy(text: string): string {
  return text.replaceAll("\r\n", "\n").trim();
}

function label({ name, version, license }: Bundled): string {
  return `${name} ${version} (${license})`;
}
