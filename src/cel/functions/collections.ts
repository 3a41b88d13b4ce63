import { equal } from "../equality.ts";
import { EvaluationFault } from "../faults.ts";
import { StructValue } from "../struct-value.ts";
import { describeValue, entriesOf, isKeyed } from "../to-json.ts";
import { intArgument, listArgument } from "./arguments.ts";
import type { CelFunction } from "./register.ts";

export const collectionFunctions: readonly CelFunction[] = [
  {
    signature: "merge(dyn, dyn): map<string, dyn>",
    description:
      "The members of both, those of the second where both have one. Takes maps and structures; goes one level deep.",
    example: 'merge(resource.LoggingEnabled, {"TargetPrefix": "logs/"})',
    implementation: (first, second) => new Map([...entries(first, "merge()"), ...entries(second, "merge()")]),
  },
  {
    signature: "tagMap(dyn): map<string, string>",
    description:
      'A list of tags as a map. Each tag has Key and Value, TagKey and TagValue, or key and value; a tag without a value has "".',
    example: 'tagMap(resource.TagSet)["owner"]',
    implementation: (tags) => new Map(listArgument(tags, "tagMap()").map(tagEntry)),
  },
  {
    signature: "flatten(list<list<T>>): list<T>",
    description: "The lists of a list, one after the other.",
    example: "flatten([[1], [2, 3]]) == [1, 2, 3]",
    implementation: (list) => listArgument(list, "flatten()").flatMap((inner) => listArgument(inner, "flatten()")),
  },
  {
    signature: "distinct(list<T>): list<T>",
    description: "The list without repetitions, in the order of first appearance.",
    example: "distinct([1, 2, 1]) == [1, 2]",
    implementation: (list) => distinct(listArgument(list, "distinct()")),
  },
  {
    signature: "max(int, int): int",
    description: "The larger of two.",
    example: "max(params.days, 90)",
    implementation: (a, b) => (intArgument(a, "max()") > intArgument(b, "max()") ? a : b),
  },
  {
    signature: "min(int, int): int",
    description: "The smaller of two.",
    example: "min(params.days, 90)",
    implementation: (a, b) => (intArgument(a, "min()") < intArgument(b, "min()") ? a : b),
  },
];

function entries(value: unknown, of: string): Iterable<readonly [unknown, unknown]> {
  if (isKeyed(value)) return entriesOf(value);
  throw new EvaluationFault(`${of} takes maps and structures, found ${describeValue(value)}`);
}

const TAG_NAMES = [
  ["Key", "Value"],
  ["TagKey", "TagValue"],
  ["key", "value"],
] as const;

function tagEntry(tag: unknown): readonly [string, string] {
  for (const [keyName, valueName] of TAG_NAMES) {
    const key = part(tag, keyName);
    if (typeof key !== "string") continue;
    const value = part(tag, valueName);
    return [key, typeof value === "string" ? value : ""];
  }
  throw new EvaluationFault("tagMap() takes a list of structures with Key and Value");
}

function part(tag: unknown, name: string): unknown {
  if (tag instanceof Map) return tag.get(name);
  if (!(tag instanceof StructValue) || !tag.shape.members.has(name)) return undefined;
  const found = tag.lookup(name);
  return found.state === "value" ? found.value : undefined;
}

const MAX_OTHERS = 2_000;

/** Text, which lists mostly hold, is found by hash; everything else by comparison with all before it. */
function distinct(list: readonly unknown[]): unknown[] {
  const scalars = new Set<unknown>();
  const others: unknown[] = [];
  return list.filter((item) => {
    if (typeof item === "string") {
      if (scalars.has(item)) return false;
      scalars.add(item);
      return true;
    }
    if (others.length > MAX_OTHERS)
      throw new EvaluationFault(`distinct() takes at most ${MAX_OTHERS} values that are no text`);
    if (others.some((other) => equal(other, item))) return false;
    others.push(item);
    return true;
  });
}
