import type { CompiledCatalogue, CompiledPack } from "../catalogue/compiled.ts";
import { editDistance, nearest } from "../text/nearest.ts";
import type { Json } from "../types/json.ts";
import type { Models } from "../types/operation.ts";
import { type FieldPlace, fieldJson, fieldText } from "./explain-field.ts";
import { page } from "./explain-lines.ts";
import { policyJson, policyText } from "./explain-policy.ts";
import { remediationJson, remediationText } from "./explain-remediation.ts";
import { type EnumOf, shapeAt } from "./explain-shape.ts";
import { typeJson, typeText } from "./explain-type.ts";

export interface Explanation {
  /** For a terminal of `width` columns; ends with a line break. */
  text(width: number, colour: boolean): string;
  readonly json: Json;
}

/** Nothing has that name; `nearest` holds what may have been meant, best first, at most five. */
export interface Unknown {
  readonly unknown: true;
  readonly nearest: readonly string[];
}

/** The models as they are; those of `aws/models` also know the values of enumerations. */
export type ExplainModels = Models & { readonly enumOf?: EnumOf };

const MOST = 5;

/** Explains what a name of the catalogue stands for: a policy, a remediation, a resource type, or a field (`s3.bucket.Versioning`, or deeper). */
export function explain(name: string, catalogue: CompiledCatalogue, models: ExplainModels): Explanation | Unknown {
  const policy = catalogue.policies.get(name);
  if (policy !== undefined) {
    const { types } = catalogue;
    return { text: (width, colour) => policyText(policy, types, width, colour), json: policyJson(policy, types) };
  }
  const type = catalogue.types.get(name);
  if (type !== undefined) {
    return { text: (width, colour) => typeText(type, catalogue, width, colour), json: typeJson(type, catalogue) };
  }
  const remediation = catalogue.remediations.get(name);
  if (remediation !== undefined) {
    const usedBy = [...catalogue.policies.values()]
      .filter((one) => one.remediation === remediation)
      .map(({ file }) => file.id);
    usedBy.sort();
    return {
      text: (width, colour) => remediationText(remediation, usedBy, width, colour),
      json: remediationJson(remediation, usedBy),
    };
  }
  const pack = catalogue.packs.get(name);
  if (pack !== undefined) {
    return {
      text: (width, colour) => packText(name, pack, catalogue, width, colour),
      json: { kind: "pack", id: name, title: pack.title, policies: [...pack.policies] },
    };
  }
  const place = placeOf(name, catalogue);
  if (place === undefined) return { unknown: true, nearest: nearestNames(name, catalogue) };
  if ("nearest" in place) return { unknown: true, nearest: place.nearest };
  const enumOf: EnumOf = (structure, member) => models.enumOf?.(structure, member);
  return {
    text: (width, colour) => fieldText(place, catalogue, enumOf, width, colour),
    json: fieldJson(place, catalogue, enumOf),
  };
}

function packText(
  name: string,
  pack: CompiledPack,
  catalogue: CompiledCatalogue,
  width: number,
  colour: boolean,
): string {
  const out = page(name, "pack", pack.title, width, colour);
  for (const id of pack.policies) {
    const title = catalogue.policies.get(id)?.file.title ?? "";
    out.text(`${id}: ${title}`, { indent: 2, hang: 4 });
  }
  return out.toString();
}

/** `service.noun.Field.Member…`; with a known type and a wrong rest, what stands nearest there. */
function placeOf(
  name: string,
  catalogue: CompiledCatalogue,
): FieldPlace | { readonly nearest: readonly string[] } | undefined {
  const [service = "", noun = "", fieldName, ...path] = name.split(".");
  const typeName = `${service}.${noun}`;
  const type = catalogue.types.get(typeName);
  if (type === undefined || fieldName === undefined) return undefined;
  const field = type.fields.get(fieldName);
  const said = (prefix: readonly string[], wrong: string, known: readonly string[]): { nearest: readonly string[] } => {
    return { nearest: similar(wrong, known).map((near) => [typeName, ...prefix, near].join(".")) };
  };
  if (field === undefined) return said([], fieldName, [...type.fields.keys()]);
  const found = shapeAt(field.shape, path);
  if ("wrong" in found) return said([fieldName, ...found.done], found.wrong, found.known);
  return { type, field, path, shape: found.shape };
}

function nearestNames(name: string, { policies, remediations, types }: CompiledCatalogue): string[] {
  const [service = "", noun = "", ...rest] = name.split(".");
  const near = similar(name, [...policies.keys(), ...types.keys(), ...remediations.keys()]);
  // A field of a misspelt type: say the type's right name with the rest as it was.
  const type = rest.length === 0 ? undefined : nearest(`${service}.${noun}`, types.keys());
  return type === undefined ? near : [[type, ...rest].join("."), ...near].slice(0, MOST);
}

/** Names with few edits, then names that hold the words; each list in order of its likeness, ties by name. */
function similar(name: string, known: readonly string[]): string[] {
  const best = nearest(name, known);
  const wanted = words(name);
  const scored = known
    .map((candidate) => {
      const common = words(candidate).filter((word) => wanted.includes(word)).length;
      return { candidate, common, distance: editDistance(name.toLowerCase(), candidate.toLowerCase()) };
    })
    .filter(
      ({ candidate, common }) =>
        common > 0 || (name.length > 2 && candidate.toLowerCase().includes(name.toLowerCase())),
    )
    .sort((a, b) => b.common - a.common || a.distance - b.distance || (a.candidate < b.candidate ? -1 : 1))
    .map(({ candidate }) => candidate);
  return [...new Set([...(best === undefined ? [] : [best]), ...scored])].slice(0, MOST);
}

function words(name: string): string[] {
  return name
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== "");
}
