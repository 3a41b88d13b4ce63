import { createHash } from "node:crypto";
import type { Problem } from "../errors.ts";
import { canonical, isObject, own } from "../json.ts";
import { nearest } from "../text/nearest.ts";
import type { CelEnvironment } from "../types/cel.ts";
import type { Models } from "../types/operation.ts";
import { Checker } from "./checker.ts";
import type { CompiledCatalogue, CompiledPack, CompiledPolicy, CompiledRemediation, CompiledType } from "./compiled.ts";
import type { CatalogueFile, FileKind } from "./files.ts";
import { checkForm, type Forms } from "./form.ts";
import type { ReadSource } from "./parsed.ts";
import { compilePolicy } from "./policy.ts";
import { compileRemediation } from "./remediation.ts";
import { compileType } from "./resource-type.ts";
import { readSource, type Source } from "./source.ts";

export interface Loaded {
  readonly catalogue: CompiledCatalogue;
  /** All problems of all files, in the order of the files. With problems, the catalogue holds what is right. */
  readonly problems: readonly Problem[];
  /** IDs of policies that were read but are wrong, so that naming one is no second problem. */
  readonly brokenPolicies: readonly string[];
  /** Files read, by kind. */
  readonly counts: Readonly<Record<FileKind, number>>;
}

/** The key that holds what other files call a file by. */
const ID_KEYS = { resourceType: "type", remediation: "id", policy: "id", pack: "pack" } as const;

interface Entry<K extends FileKind> {
  readonly source: Source;
  readonly value: Forms[K];
}

/** Reads the texts of a catalogue and checks them, first by form, then by meaning. Pure: what the texts name is looked up, nothing is run. */
export function loadCatalogue(
  files: readonly CatalogueFile[],
  models: Models,
  cel: CelEnvironment,
  read: ReadSource = readSource,
): Loaded {
  const problems: Problem[] = [];
  const counts: Record<FileKind, number> = { resourceType: 0, remediation: 0, policy: 0, pack: 0 };
  const digests: string[] = [];
  const entries: { [K in FileKind]: Map<string, Entry<K>> } = {
    resourceType: new Map(),
    remediation: new Map(),
    policy: new Map(),
    pack: new Map(),
  };
  // Files of the wrong form: there all the same, so that what names them is no second problem.
  const misformed: { readonly [K in FileKind]: Set<string> } = {
    resourceType: new Set(),
    remediation: new Set(),
    policy: new Set(),
    pack: new Set(),
  };
  const take = <K extends FileKind>(kind: K, source: Source, idOf: (value: Forms[K]) => string): void => {
    const idKey = ID_KEYS[kind];
    const { value, problems: wrong } = checkForm(kind, source);
    problems.push(...wrong);
    if (value === undefined) {
      const name = isObject(source.value) ? own(source.value, idKey) : undefined;
      if (typeof name === "string") misformed[kind].add(name);
      return;
    }
    const id = idOf(value);
    const other = entries[kind].get(id);
    if (other === undefined) entries[kind].set(id, { source, value });
    else
      problems.push({
        file: source.file,
        ...source.locate([idKey]),
        message: `\`${id}\` is defined in ${other.source.file} already`,
      });
  };
  for (const file of files) {
    counts[file.kind] += 1;
    const { source, problems: wrong } = read(file.file, file.text);
    problems.push(...wrong);
    if (source === undefined) {
      // Not even YAML; the line that says its ID is likely whole all the same.
      const [, name] = new RegExp(`^${ID_KEYS[file.kind]}:\\s*["']?([\\w.-]+)`, "m").exec(file.text) ?? [];
      if (name !== undefined) misformed[file.kind].add(name);
      continue;
    }
    digests.push(createHash("sha256").update(canonical(source.value)).digest("hex"));
    if (file.kind === "resourceType") take("resourceType", source, (value) => value.type);
    else if (file.kind === "remediation") take("remediation", source, (value) => value.id);
    else if (file.kind === "policy") take("policy", source, (value) => value.id);
    else take("pack", source, (value) => value.pack);
  }
  const names = (kind: FileKind): string[] => [...new Set([...entries[kind].keys(), ...misformed[kind]])].sort();
  const types = compileTypes(entries.resourceType, names("resourceType"), models, cel, problems);
  const remediations = new Map<string, CompiledRemediation>();
  for (const [id, { source, value }] of entries.remediation) {
    const checker = new Checker(source, models, cel);
    const compiled = compileRemediation(checker, value, types, names("resourceType"));
    problems.push(...checker.problems);
    if (compiled !== undefined) remediations.set(id, compiled);
  }
  const policies = new Map<string, CompiledPolicy>();
  const known = { types: names("resourceType"), remediations: names("remediation") };
  for (const [id, { source, value }] of entries.policy) {
    const checker = new Checker(source, models, cel);
    const compiled = compilePolicy(checker, value, types, remediations, known);
    problems.push(...checker.problems);
    if (compiled !== undefined) policies.set(id, compiled);
  }
  const packs = new Map<string, CompiledPack>();
  for (const [name, { source, value }] of entries.pack) {
    for (const [index, id] of value.policies.entries()) {
      if (names("policy").includes(id)) continue;
      const place = source.locate(["policies", index]);
      problems.push({
        file: source.file,
        ...place,
        message: `unknown policy \`${id}\``,
        nearest: nearest(id, names("policy")),
      });
    }
    packs.set(name, { title: value.title, policies: value.policies });
  }
  for (const name of misformed.pack) if (!packs.has(name)) packs.set(name, { title: "", policies: [] });
  const digest = createHash("sha256").update(digests.sort().join("\n")).digest("hex");
  const brokenPolicies = names("policy").filter((id) => !policies.has(id));
  return {
    catalogue: { types, remediations, policies, packs, digest },
    problems: inOrder(problems, files),
    brokenPolicies,
    counts,
  };
}

/** Types refer to each other (fields of the account's own resource), so each is compiled when first asked for. */
function compileTypes(
  entries: ReadonlyMap<string, Entry<"resourceType">>,
  known: readonly string[],
  models: Models,
  cel: CelEnvironment,
  problems: Problem[],
): ReadonlyMap<string, CompiledType> {
  const done = new Map<string, CompiledType | "broken">();
  const underWay = new Set<string>();
  const typeOf = (type: string): CompiledType | "broken" | "circular" => {
    if (underWay.has(type)) return "circular";
    const entry = entries.get(type);
    const before = done.get(type);
    if (before !== undefined || entry === undefined) return before ?? "broken";
    underWay.add(type);
    const checker = new Checker(entry.source, models, cel);
    const compiled = compileType(checker, entry.value, typeOf, known);
    problems.push(...checker.problems);
    underWay.delete(type);
    done.set(type, compiled ?? "broken");
    return compiled ?? "broken";
  };
  const types = new Map<string, CompiledType>();
  for (const type of entries.keys()) {
    const compiled = typeOf(type);
    if (typeof compiled === "object") types.set(type, compiled);
  }
  return types;
}

function inOrder(problems: readonly Problem[], files: readonly CatalogueFile[]): Problem[] {
  const order = new Map(files.map(({ file }, index) => [file, index]));
  return [...problems].sort(
    (a, b) => (order.get(a.file) ?? 0) - (order.get(b.file) ?? 0) || a.line - b.line || a.column - b.column,
  );
}
