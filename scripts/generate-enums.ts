/**
 * Which values a text may have. The schemas call an enumeration a string; the values are exported by the package at run time
 * (`BucketVersioningStatus.Enabled`), and which member has which enumeration only the type declarations say. They are written by a
 * generator, one member a line, so that reading them line by line is safe; what does not match is simply a string without values.
 */
import { readdirSync, readFileSync } from "node:fs";

/** The known values, in AWS's order. */
export type EnumType = readonly string[];

const interfaceLine = /^export interface _?(\w+) (?:extends \w+ )?\{$/;
const memberLine = /^ {4}(?:(\w+)|"([^"]+)")\??: (.+?)(?: \| undefined)?;$/;
/** What stands around the enumeration's name: lists and maps of it. `Partial<Record<Key, …>>` has an enumerated key. */
const wrapper = /^(?:Partial<)?Record<\w+, (.+?)>>?$/;

/** Reads `dist-types/models` of a package. */
export function enumsOf(
  packageFolder: string,
  module: Readonly<Record<string, unknown>>,
): (structure: string, member: string) => EnumType | undefined {
  const types = new Map<string, string>();
  const folder = `${packageFolder}/dist-types/models`;
  const files = readdirSync(folder).filter((file) => /^(models|errors)(_\d+)?\.d\.ts$/.test(file));
  for (const file of files.sort()) {
    let structure: string | undefined;
    for (const line of readFileSync(`${folder}/${file}`, "utf8").split("\n")) {
      const opens = interfaceLine.exec(line);
      if (opens !== null) structure = opens[1];
      else if (line === "}") structure = undefined;
      else if (structure !== undefined) {
        const member = memberLine.exec(line);
        if (member !== null) types.set(`${structure}.${member[1] ?? member[2]}`, innermost(member[3] ?? ""));
      }
    }
  }
  const values = new Map<string, EnumType | undefined>();
  return (structure, member) => {
    const type = types.get(`${structure}.${member}`);
    if (type === undefined || !/^\w+$/.test(type)) return undefined;
    if (!values.has(type)) values.set(type, enumValues(module[type]));
    return values.get(type);
  };
}

function innermost(type: string): string {
  if (type.endsWith("[]")) return innermost(type.slice(0, -2));
  const inside = wrapper.exec(type);
  return inside?.[1] === undefined ? type : innermost(inside[1]);
}

function enumValues(value: unknown): EnumType | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const values = Object.values(value).filter((item) => typeof item === "string");
  return values.length > 0 && values.length === Object.values(value).length ? values : undefined;
}
