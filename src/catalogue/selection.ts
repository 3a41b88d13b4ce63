import type { Problem } from "../errors.ts";
import { isObject } from "../json.ts";
import type { Config, ConfigAccount, ConfigPolicyEntry, LabelSelector, Mode } from "../types/catalogue.ts";
import type { CelEnvironment } from "../types/cel.ts";
import type { JsonObject } from "../types/json.ts";
import type { StructureShape } from "../types/shape.ts";
import { PARAM_SCOPE } from "./checker.ts";
import type { CompiledCatalogue, CompiledPolicy, EffectivePolicy, Location } from "./compiled.ts";
import { checkParams, defaults, missingParams, type ParamProblem } from "./params.ts";
import type { Source } from "./source.ts";

export interface Selection {
  /** Sorted by policy, then account. */
  readonly policies: readonly EffectivePolicy[];
  readonly problems: readonly Problem[];
}

/**
 * Which policy runs in which account, and how: the entries that match the account, later ones adjusting earlier ones. A policy's own mode
 * is only a proposal: without an entry's `mode` an automatic one runs as `approve`, so that a shipped file can never grant itself approval.
 */
export function selectPolicies(
  config: Config,
  source: Source,
  catalogue: CompiledCatalogue,
  cel: CelEnvironment,
): Selection {
  const problems: Problem[] = [];
  const chosen: EffectivePolicy[] = [];
  for (const policy of [...catalogue.policies.values()].sort((a, b) => (a.file.id < b.file.id ? -1 : 1))) {
    for (const account of config.accounts) {
      const entries = config.policies
        .map((entry, index) => ({ entry, index }))
        .filter(({ entry }) => names(entry, policy.file.id, catalogue) && matches(entry, account));
      const last = entries[entries.length - 1];
      if (last === undefined) continue;
      const place = source.locate(["policies", last.index]);
      const wrong = (message: string): void => {
        const text = `\`${policy.file.id}\` in account ${account.id}: ${message}`;
        if (!problems.some((known) => known.message === text))
          problems.push({ file: source.file, ...place, message: text });
      };
      chosen.push(
        effective(
          policy,
          account,
          entries.map(({ entry }) => entry),
          config.partition,
          cel,
          wrong,
          { file: source.file, line: place.line },
        ),
      );
    }
  }
  return { policies: chosen, problems };
}

function effective(
  policy: CompiledPolicy,
  account: ConfigAccount,
  entries: readonly ConfigPolicyEntry[],
  partition: string,
  cel: CelEnvironment,
  wrong: (message: string) => void,
  place: Location,
): EffectivePolicy {
  let mode: Mode =
    policy.file.remediation === undefined || policy.file.remediation.mode === "report" ? "report" : "approve";
  let params: JsonObject = defaults(policy.file.params);
  let remediationParams: JsonObject = {
    ...defaults(policy.remediation?.file.params),
    ...policy.file.remediation?.params,
  };
  let grace = policy.file.remediation?.grace;
  let allowDestructive = false;
  for (const entry of entries) {
    // A pack's mode is for those of its policies that can be remediated.
    if (entry.mode !== undefined && !(entry.pack !== undefined && policy.remediation === undefined)) mode = entry.mode;
    if (entry.mode === "automatic" && policy.remediation?.file.risk === "destructive") mode = "approve";
    if (entry.grace !== undefined && policy.remediation !== undefined) grace = entry.grace;
    params = { ...params, ...entry.params };
    remediationParams = { ...remediationParams, ...entry.remediation_params };
    allowDestructive = allowDestructive || entry.allow_destructive === true;
  }
  const evaluate = (values: JsonObject, shape: StructureShape): JsonObject =>
    evaluateParams(values, shape, account, partition, cel, wrong);
  params = evaluate(params, policy.params);
  const report = (problems: readonly ParamProblem[]): void => {
    for (const { message } of problems) wrong(message);
  };
  report(checkParams(policy.file.params, params));
  for (const name of missingParams(policy.file.params, params))
    wrong(`needs the parameter \`${name}\` under \`params\``);
  if (policy.remediation !== undefined && mode !== "report") {
    remediationParams = evaluate(remediationParams, policy.remediation.params);
    report(checkParams(policy.remediation.file.params, remediationParams));
    for (const name of missingParams(policy.remediation.file.params, remediationParams)) {
      wrong(
        `\`${policy.remediation.file.id}\` needs the parameter \`${name}\` under \`remediation_params\`, or the policy \`mode: report\``,
      );
    }
  }
  return {
    policy,
    account,
    mode,
    ...(grace === undefined || Number.parseInt(grace, 10) === 0 ? {} : { grace }),
    severity: policy.file.severity,
    params,
    remediationParams,
    allowDestructive,
    entry: place,
  };
}

/** Parameters may hold `${…}` over the account: `arn:${partition}:s3:::logs-${account.id}`. */
function evaluateParams(
  values: JsonObject,
  shape: StructureShape,
  account: ConfigAccount,
  partition: string,
  cel: CelEnvironment,
  wrong: (message: string) => void,
): JsonObject {
  if (!JSON.stringify(values).includes("${")) return values;
  const compiled = cel.compileTemplate(values, PARAM_SCOPE, shape);
  if (!compiled.ok) {
    for (const { path, message } of compiled.problems) wrong(`parameter \`${path.join(".")}\`: ${message}`);
    return values;
  }
  const result = compiled.value.evaluate({
    account: { json: { id: account.id, name: account.name, labels: account.labels } },
    partition: { json: partition },
  });
  if (result.kind === "value" && isObject(result.params)) return result.params;
  if (result.kind !== "value") wrong(result.message);
  return values;
}

function names(entry: ConfigPolicyEntry, policy: string, catalogue: CompiledCatalogue): boolean {
  if (entry.use !== undefined) return entry.use === policy;
  return entry.pack !== undefined && catalogue.packs.get(entry.pack)?.policies.includes(policy) === true;
}

export function matches(entry: Pick<ConfigPolicyEntry, "where" | "except">, account: ConfigAccount): boolean {
  const inside =
    entry.where === undefined || Object.entries(entry.where).every(([label, wanted]) => has(account, label, wanted));
  const outside =
    entry.except !== undefined && Object.entries(entry.except).every(([label, wanted]) => has(account, label, wanted));
  return inside && !outside;
}

function has(account: ConfigAccount, label: string, wanted: LabelSelector[string]): boolean {
  const value = Object.hasOwn(account.labels, label) ? account.labels[label] : undefined;
  return value !== undefined && (typeof wanted === "string" ? wanted === value : wanted.includes(value));
}
