import type { EffectivePolicy } from "../catalogue/compiled.ts";
import type { Problem } from "../errors.ts";
import { sameJson, toJson } from "../json.ts";
import type { TestResult } from "../plan/policy-test.ts";
import { policyInfos } from "../report/options.ts";
import type { Config } from "../types/catalogue.ts";
import type { FileChange } from "./changes.ts";
import { configChange, policyChanges, type Running, runKey } from "./diff.ts";
import type { Runnable } from "./observe.ts";
import { newRemediations } from "./plans.ts";
import type { Preview } from "./preview.ts";

/** A side after its files were read: the part of a workspace that a preview looks at. */
export interface LoadedSide extends Omit<Runnable, "config"> {
  readonly config: Config | undefined;
  readonly configFile: string;
  readonly problems: readonly Problem[];
  /** Names of the files that ship with Evenkeel. */
  readonly builtin: ReadonlySet<string>;
}

const NOTHING: Running = { config: undefined, policies: [] };

/** The side, where it can be run: without problems and with a configuration. */
export function runnable(side: LoadedSide): Runnable | undefined {
  const { config, problems } = side;
  return config === undefined || problems.length > 0 ? undefined : { ...side, config };
}

/** Why a base cannot be compared with, in words. */
export function baselessWords({ problems, config, configFile }: LoadedSide): string | undefined {
  if (problems.length > 0)
    return `the base's own files have ${problems.length === 1 ? "1 problem" : `${problems.length} problems`}`;
  return config === undefined ? `the base has no ${configFile}` : undefined;
}

/** Whether the two sides ask exactly the same: then AWS has nothing to add. */
export function sameMeaning(base: LoadedSide, head: LoadedSide): boolean {
  const { config: then, catalogue: before, exceptions: old } = base;
  const { config: now, catalogue: after, exceptions } = head;
  if (before.digest !== after.digest || base.problems.length > 0 || head.problems.length > 0) return false;
  // Where an exception stands makes no difference.
  const entries = (list: typeof exceptions): string[] =>
    list.map(({ file: _, line: __, ...entry }) => JSON.stringify(toJson(entry))).sort();
  return (
    sameJson(toJson(then ?? null), toJson(now ?? null)) && sameJson(toJson(entries(old)), toJson(entries(exceptions)))
  );
}

/** Everything that the files tell. With problems in the head, nothing is said of what it would do: half of it may be missing. */
export function staticPreview(
  base: LoadedSide,
  head: LoadedSide,
  facts: Pick<Preview, "files" | "tests" | "unobserved" | "compared">,
): Preview {
  const broken = head.problems.length > 0;
  const before = runnable(base) ?? NOTHING;
  const after = broken ? before : head;
  const gone = before.policies.filter(
    ({ policy }) => !after.policies.some((one) => one.policy.file.id === policy.file.id),
  );
  const roles =
    before.config !== undefined &&
    !sameJson(toJson(before.config.roles.read), toJson(after.config?.roles.read ?? null));
  return {
    ...facts,
    problems: head.problems,
    policies: policyChanges(before, after),
    config: configChange(before.config, after.config),
    remediations: newRemediations(before.policies, after.policies),
    infos: new Map([...policyInfos(gone), ...policyInfos(after.policies)]),
    modes: new Map(after.policies.map(({ policy, account, mode }) => [runKey(policy.file.id, account.id), mode])),
    graces: new Map(
      after.policies.flatMap(({ policy, account, grace }) =>
        grace === undefined ? [] : [[runKey(policy.file.id, account.id), grace]],
      ),
    ),
    baseless: broken ? undefined : baselessWords(base),
    notes:
      roles && after.config !== undefined
        ? ["The role that reads is changed: this preview was made through the base's, which holds until the merge."]
        : [],
    observed: undefined,
  };
}

export function failedTests(tests: readonly TestResult[]): number {
  return tests.filter(({ failure }) => failure !== undefined).length;
}

/** A place for each policy's annotation, on what the pull request changes where it can be: the policy, what it leans on, the configuration. */
export function placesOf(head: LoadedSide, files: readonly FileChange[]) {
  const changed = new Map(files.filter(({ kind }) => kind !== "removed").map((file) => [file.path, file]));
  const at = (path: string, line: number) => ({ path, from: line, to: line });
  return (policy: string) => {
    const run: EffectivePolicy | undefined = head.policies.find((one) => one.policy.file.id === policy);
    const config = changed.get(head.configFile);
    if (run === undefined) {
      const pack = [...changed.values()].find(({ path }) => path.includes("policies/packs/"));
      return config ?? pack ?? (head.config === undefined ? undefined : at(head.configFile, 1));
    }
    const { location, remediation, type } = run.policy;
    const own = [location, remediation?.location, type.location].flatMap((one) => {
      const file = one === undefined ? undefined : changed.get(one.file);
      return file === undefined ? [] : [file];
    });
    const [first] = own;
    if (first !== undefined) return first;
    if (config !== undefined || head.builtin.has(location.file)) return at(run.entry.file, run.entry.line);
    return at(location.file, location.line);
  };
}
