import { type Check, judge, ok, wrong } from "./check.ts";
import type { DoctorFacts } from "./facts.ts";

export interface OwnerRule {
  /** 1-based. */
  readonly line: number;
  readonly pattern: string;
  readonly owners: readonly string[];
}

/** The rules of a CODEOWNERS file. What GitHub does not understand (negation, ranges, rules with a broken owner) it skips, and so do we. */
export function ownerRules(text: string): OwnerRule[] {
  return text.split(/\r?\n/).flatMap((raw, index) => {
    const words = raw.trim().split(/\s+/);
    const comment = words.findIndex((word) => word.startsWith("#"));
    const [pattern = "", ...owners] = comment === -1 ? words : words.slice(0, comment);
    if (pattern === "" || pattern.startsWith("!") || /[[\]\\]/.test(pattern)) return [];
    if (owners.some((owner) => !/^(?:@[\w-]+(?:\/[\w.-]+)?|[^@\s]+@[^@\s]+)$/.test(owner))) return [];
    return [{ line: index + 1, pattern, owners }];
  });
}

/** The last rule that matches a file decides; undefined: nobody owns it. */
export function ownersOf(rules: readonly OwnerRule[], path: string): OwnerRule | undefined {
  const last = rules.findLast(({ pattern }) => matcher(pattern).test(path));
  return last === undefined || last.owners.length === 0 ? undefined : last;
}

/** As GitHub reads patterns: like .gitignore, but `docs/*` does not reach into folders below. */
function matcher(pattern: string): RegExp {
  const folder = pattern.endsWith("/");
  const trimmed = pattern.replace(/^\/|\/$/g, "");
  const anchored = pattern.startsWith("/") || trimmed.includes("/");
  const body = trimmed
    .replace(/\*{2,}/g, "\0")
    .replace(/[.+^${}()|]/g, "\\$&")
    .replaceAll("*", "[^/]*")
    .replaceAll("?", "[^/]")
    .replace(/\0\//g, "(?:.*/)?")
    .replaceAll("\0", ".*");
  const below = folder ? "/.+" : trimmed.endsWith("/*") ? "" : "(?:/.+)?";
  return new RegExp(`^${anchored ? "" : "(?:.*/)?"}${body}${below}$`, "s");
}

/**
 * Why a folder (`policies/`) or file is not wholly owned; undefined where it is. Some files stand for all that may come: names that no rule is made
 * for. A rule without owners that comes later and may reach into the folder makes a hole.
 */
export function gapIn(rules: readonly OwnerRule[], target: string, probes: readonly string[]): string | undefined {
  const files = target.endsWith("/") ? probes.map((probe) => target + probe) : [target];
  const bare = files.find((file) => ownersOf(rules, file) === undefined);
  if (bare !== undefined) return `${target} (nobody owns ${bare})`;
  const from = Math.min(...files.map((file) => ownersOf(rules, file)?.line ?? 0));
  const hole = rules.find(
    ({ line, owners, pattern }) => line > from && owners.length === 0 && mayReach(pattern, target),
  );
  return hole === undefined ? undefined : `${target} (line ${hole.line}, ${hole.pattern}, takes owners away)`;
}

/** Whether a pattern may match something in a folder, by its part before the first wildcard. */
function mayReach(pattern: string, target: string): boolean {
  const trimmed = pattern.replace(/^\//, "");
  if (!pattern.startsWith("/") && !trimmed.replace(/\/$/, "").includes("/")) {
    return target.endsWith("/") || matcher(pattern).test(target);
  }
  const [fixed = ""] = trimmed.split(/[*?]/);
  return target.startsWith(fixed) || fixed.startsWith(target);
}

const YAML = ["probe.yaml", "probe.yml", "some/deep/probe.yaml"];

/** Own remediations and resource types decide which calls are made and what counts as wrong: they need owners as much as policies do. */
export function codeOwnersCheck(facts: DoctorFacts): Check {
  const { folder, configFile, planPath, settings } = facts;
  const plans = planPath.replace(/^\.?\/+|\/+$/g, "");
  const targets: [string, readonly string[]][] = [
    ...["policies/", "remediations/", "resources/", "exceptions/"].map((name): [string, readonly string[]] => [
      folder + name,
      YAML,
    ]),
    plans === "" ? ["probe.jsonl", []] : [`${plans}/`, ["probe.jsonl", "some/probe.jsonl"]],
    [".github/", ["workflows/probe.yml", "workflows/probe.yaml", "actions/probe/action.yml", "CODEOWNERS"]],
    [configFile, []],
  ];
  const mend = `add to .github/CODEOWNERS: ${targets.map(([target]) => `/${target}`).join(" ")}, each with the team that answers for it`;
  return judge("code-owners", settings.codeOwners, (file) => {
    if (file === undefined) return wrong("code-owners", "there is no CODEOWNERS file", mend);
    const rules = ownerRules(file.text);
    // The file itself must be owned where it stands, or it is the way around all of it.
    const all: [string, readonly string[]][] = [...targets, [file.path, []]];
    const gaps = all.flatMap(([target, probes]) => gapIn(rules, target, probes) ?? []);
    if (gaps.length === 0)
      return ok("code-owners", `${file.path} covers ${targets.map(([target]) => target).join(", ")}`);
    return wrong("code-owners", `${file.path} leaves open ${gaps.join(", ")}`, mend);
  });
}
