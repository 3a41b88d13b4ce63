import { createHash } from "node:crypto";
import { fixtureReader } from "../cel/fixture.ts";
import { canonical, toJson } from "../json.ts";
import { nearest } from "../text/nearest.ts";
import type { PolicyFile } from "../types/catalogue.ts";
import type { Scope } from "../types/cel.ts";
import { BOOLEAN, type Checker, PARAM_SCOPE, PLACE_SCOPE, STRING, TIMESTAMP } from "./checker.ts";
import type { CompiledPolicy, CompiledRemediation, CompiledType } from "./compiled.ts";
import { checkDeclarations, checkParams, paramsShape, reportParams } from "./params.ts";
import { secretOn } from "./secrets.ts";

/** Checks a policy by meaning. */
export function compilePolicy(
  checker: Checker,
  file: PolicyFile,
  types: ReadonlyMap<string, CompiledType>,
  remediations: ReadonlyMap<string, CompiledRemediation>,
  known: { readonly types: readonly string[]; readonly remediations: readonly string[] },
): CompiledPolicy | undefined {
  const before = checker.problems.length;
  checkDeclarations(checker, file.params);
  if (!known.types.includes(file.resource)) {
    checker.problem(
      ["resource"],
      "value",
      `unknown resource type \`${file.resource}\``,
      nearest(file.resource, known.types),
    );
  }
  let remediation: CompiledRemediation | undefined;
  let broken = false;
  if (file.remediation !== undefined) {
    const { id, params } = file.remediation;
    remediation = remediations.get(id);
    if (remediation === undefined) {
      broken = true;
      if (!known.remediations.includes(id)) {
        checker.problem(
          ["remediation", "id"],
          "value",
          `unknown remediation \`${id}\``,
          nearest(id, known.remediations),
        );
      }
    } else {
      if (remediation.file.resource !== file.resource && known.types.includes(file.resource)) {
        const message = `\`${id}\` changes \`${remediation.file.resource}\`, but the policy checks \`${file.resource}\``;
        checker.problem(["remediation", "id"], "value", message);
      }
      if (file.remediation.mode === "automatic" && remediation.file.risk === "destructive") {
        checker.problem(["remediation", "mode"], "value", `\`${id}\` is destructive and never runs automatically`);
      }
      const wrong = checkParams(remediation.file.params, params ?? {});
      reportParams(checker, ["remediation", "params"], wrong);
      if (params !== undefined && wrong.length === 0)
        checker.template(["remediation", "params"], params, PARAM_SCOPE, remediation.params);
    }
  }
  const type = types.get(file.resource);
  if (type === undefined) return undefined;
  const params = paramsShape(`params.${file.id}`, file.params);
  const scope: Scope = { ...PLACE_SCOPE, resource: type.shape, id: STRING, arn: STRING, params, now: TIMESTAMP };
  const when = file.when === undefined ? undefined : checker.expression(["when"], file.when, scope, BOOLEAN);
  const check = checker.expression(["check"], file.check, scope, BOOLEAN);
  const reason = file.reason === undefined ? undefined : checker.expression(["reason"], file.reason, scope, STRING);
  for (const [root, ...path] of reason?.reads ?? []) {
    const secret = root === "resource" ? secretOn(type.shape, path) : undefined;
    if (secret === undefined) continue;
    const message = `\`resource.${secret}\` may hold something secret, and a reason is read by many people`;
    checker.problem(["reason"], "value", message);
  }
  checkTests(checker, file, type, remediation);
  if (checker.problems.length > before || broken || check === undefined) return undefined;
  return {
    kind: "policy",
    file,
    location: { file: checker.source.file, line: checker.source.locate(["id"], "key").line },
    type,
    params,
    when,
    check,
    reason,
    remediation,
    digest: createHash("sha256")
      .update(canonical(toJson(file)))
      .digest("hex"),
  };
}

function checkTests(
  checker: Checker,
  file: PolicyFile,
  type: CompiledType,
  remediation: CompiledRemediation | undefined,
): void {
  const names = new Set<string>();
  for (const [index, test] of (file.tests ?? []).entries()) {
    const path = ["tests", index];
    if (names.has(test.name)) checker.problem([...path, "name"], "value", `two tests are named \`${test.name}\``);
    names.add(test.name);
    const fixture = fixtureReader(test.resource, type.shape);
    for (const { path: inner, at, message, nearest: near } of fixture.ok ? [] : fixture.problems) {
      checker.problem([...path, "resource", ...inner], at, message, near);
    }
    reportParams(checker, [...path, "params"], checkParams(file.params, test.params ?? {}));
    reportParams(
      checker,
      [...path, "remediation_params"],
      checkParams(remediation?.file.params, test.remediation_params ?? {}),
    );
    if (test.plan !== undefined && test.expect !== "fail") {
      checker.problem(
        [...path, "plan"],
        "key",
        "only a failing resource is planned: `plan` has an effect with `expect: fail` only",
      );
    }
    if (test.blocked !== undefined && test.expect !== "fail") {
      checker.problem(
        [...path, "blocked"],
        "key",
        "only a failing resource is planned: `blocked` needs `expect: fail`",
      );
    }
    if (test.blocked !== undefined && test.plan !== undefined)
      checker.problem([...path, "plan"], "key", "what is blocked has no plan: `plan` has no effect beside `blocked`");
    if (test.now !== undefined && Number.isNaN(Date.parse(test.now)))
      checker.problem([...path, "now"], "value", `\`${test.now}\` is not a time of ISO 8601`);
    if (test.undo !== undefined && test.plan === undefined)
      checker.problem([...path, "undo"], "key", "`undo` has an effect beside `plan` only");
    if (
      (test.plan !== undefined || test.blocked !== undefined) &&
      remediation === undefined &&
      file.remediation === undefined
    ) {
      checker.problem([...path, test.plan === undefined ? "blocked" : "plan"], "key", "the policy has no remediation");
    }
    for (const [step, expected] of (test.plan ?? []).entries()) {
      if (remediation === undefined) continue;
      const calls = remediation.steps.map((known) => known.template.call);
      if (calls.includes(expected.call)) continue;
      const message = `\`${remediation.file.id}\` has no step \`${expected.call}\``;
      checker.problem([...path, "plan", step, "call"], "value", message, nearest(expected.call, calls));
    }
  }
}
