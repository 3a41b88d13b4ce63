import { createHash } from "node:crypto";
import { canonical, toJson } from "../json.ts";
import { nearest } from "../text/nearest.ts";
import type { RemediationFile, StepTemplate } from "../types/catalogue.ts";
import type { Expression, Scope } from "../types/cel.ts";
import type { Shape } from "../types/shape.ts";
import { BOOLEAN, type Checker, describeShape, PLACE_SCOPE, STRING, structure, TIMESTAMP } from "./checker.ts";
import type { CompiledRemediation, CompiledStep, CompiledType } from "./compiled.ts";
import { checkDeclarations, paramsShape } from "./params.ts";
import { secretOn } from "./secrets.ts";
import type { Path } from "./source.ts";

/** Checks a remediation by meaning. */
export function compileRemediation(
  checker: Checker,
  file: RemediationFile,
  types: ReadonlyMap<string, CompiledType>,
  knownTypes: readonly string[],
): CompiledRemediation | undefined {
  const before = checker.problems.length;
  checkDeclarations(checker, file.params);
  if (file.changes !== undefined && file.deletes === true) {
    checker.problem(["deletes"], "key", "a remediation has `changes` or `deletes`, not both");
  }
  if (file.irreversible !== undefined && file.undo_note !== undefined) {
    checker.problem(["undo_note"], "key", "`undo_note` is said beside an `undo`; here `irreversible` says it all");
  }
  if (!knownTypes.includes(file.resource)) {
    checker.problem(
      ["resource"],
      "value",
      `unknown resource type \`${file.resource}\``,
      nearest(file.resource, knownTypes),
    );
  }
  const type = types.get(file.resource);
  if (type === undefined) return undefined;
  const params = paramsShape(`params.${file.id}`, file.params);
  const scope: Scope = { ...PLACE_SCOPE, resource: type.shape, id: STRING, arn: STRING, params };
  const refuse: { when: Expression; because: string }[] = [];
  for (const [index, refusal] of (file.refuse ?? []).entries()) {
    const when = checker.expression(["refuse", index, "when"], refusal.when, scope, BOOLEAN);
    if (when !== undefined) refuse.push({ when, because: refusal.because });
  }
  const changes = new Map<string, Expression>();
  for (const [name, text] of Object.entries(file.changes ?? {})) {
    const field = type.fields.get(name);
    if (field === undefined || field.source.kind === "account") {
      const own = [...type.fields.values()]
        .filter((known) => known.source.kind !== "account")
        .map((known) => known.name);
      checker.problem(
        ["changes", name],
        "key",
        `\`${file.resource}\` has no field \`${name}\` of its own`,
        nearest(name, own),
      );
      continue;
    }
    const expected: Shape = field.shape.kind === "document" ? { kind: "any" } : field.shape;
    const expression = checker.expression(["changes", name], text, scope, expected);
    if (expression !== undefined) changes.set(name, expression);
  }
  const stepScope: Scope = { ...scope, before: type.shape, after: type.shape, item_id: STRING };
  const outputs: Record<string, Shape> = {};
  const steps = compileSteps(checker, "steps", file.steps, stepScope, file.id, outputs);
  const undo = compileSteps(checker, "undo", file.undo ?? [], stepScope, file.id, outputs);
  // A step that is wrong itself may well be the one that changes something.
  if (steps.length === file.steps.length && steps.every((step) => step.operation.reads)) {
    checker.problem(["steps"], "key", "no step changes anything: every call only reads");
  }
  if (checker.problems.length > before) return undefined;
  const all = [...refuse.map(({ when }) => when), ...changes.values(), ...[...steps, ...undo].flatMap(expressionsOf)];
  const fields = new Set(changes.keys());
  for (const { reads } of all) {
    for (const [root, field] of reads) {
      if (root !== "resource" && root !== "before" && root !== "after") continue;
      if (field !== undefined) fields.add(field);
      else for (const name of type.fields.keys()) fields.add(name);
    }
  }
  const secrets = new Set([...fields].filter((name) => type.fields.get(name)?.sensitive === true));
  // Beside whole fields, members inside them that AWS's model marks, where they may get into a call.
  for (const { reads } of [...changes.values(), ...[...steps, ...undo].flatMap(expressionsOf)]) {
    for (const [root, ...path] of reads) {
      if (root !== "resource" && root !== "before" && root !== "after") continue;
      const secret = secretOn(type.shape, path);
      if (secret !== undefined) secrets.add(secret);
    }
  }
  for (const name of secrets) {
    checker.problem(
      ["resource"],
      "value",
      `\`resource.${name}\` may hold something secret, and what a remediation reads is shown in plans`,
    );
  }
  if (checker.problems.length > before) return undefined;
  return {
    kind: "remediation",
    file,
    location: { file: checker.source.file, line: checker.source.locate(["id"], "key").line },
    type,
    params,
    refuse,
    changes,
    steps,
    undo,
    outputs: structure(`steps.${file.id}`, outputs),
    fields: [...fields].sort(),
    digest: createHash("sha256")
      .update(canonical(toJson(file)))
      .digest("hex"),
  };
}

/** Steps see the outputs of the named steps before them; each adds its own to `outputs`. */
function compileSteps(
  checker: Checker,
  key: "steps" | "undo",
  templates: readonly StepTemplate[],
  scope: Scope,
  remediation: string,
  outputs: Record<string, Shape>,
): CompiledStep[] {
  const compiled: CompiledStep[] = [];
  for (const [index, template] of templates.entries()) {
    const path: Path = [key, index];
    const visible: Scope = { ...scope, steps: structure(`steps.${remediation}.${key}.${index}`, { ...outputs }) };
    const step = compileStep(
      checker,
      path,
      template,
      visible,
      key === "undo" ? `undo${index + 1}` : `step${index + 1}`,
    );
    if (template.name !== undefined && Object.hasOwn(outputs, template.name)) {
      checker.problem([...path, "name"], "value", `two steps are named \`${template.name}\``);
    }
    if (step === undefined) continue;
    compiled.push(step);
    if (template.name !== undefined) {
      const { output } = step.operation;
      outputs[template.name] = template.each === undefined ? output : { kind: "list", element: output };
    }
  }
  return compiled;
}

function compileStep(
  checker: Checker,
  path: Path,
  template: StepTemplate,
  scope: Scope,
  fallback: string,
): CompiledStep | undefined {
  const when =
    template.when === undefined
      ? undefined
      : checker.expression([...path, "when"], template.when, withoutSteps(scope), BOOLEAN);
  const each =
    template.each === undefined ? undefined : checker.listOf([...path, "each"], template.each, withoutSteps(scope));
  const inner: Scope = each === undefined ? scope : { ...scope, each: each.element };
  const call = checker.call(path, template, inner, "step", ["steps"]);
  if (call === undefined) return undefined;
  const outputScope: Scope = { output: call.operation.output };
  const until =
    template.until === undefined
      ? undefined
      : checker.expression([...path, "until"], template.until, outputScope, BOOLEAN);
  if (template.until !== undefined && !call.operation.reads) {
    checker.problem(
      [...path, "until"],
      "key",
      `\`until\` makes the call again and again, and \`${template.call}\` does not only read`,
    );
  }
  if (template.limit !== undefined && template.until === undefined) {
    checker.problem([...path, "limit"], "key", "`limit` has no effect without `until`");
  }
  if (template.already !== undefined && call.operation.reads) {
    checker.problem([...path, "already"], "key", `\`already\` has no effect: \`${template.call}\` only reads`);
  }
  const failure = compileFailure(checker, path, template, outputScope);
  const reuse = compileReuse(checker, path, template, inner);
  if (template.each !== undefined && each === undefined) return undefined;
  return {
    ...call,
    template,
    name: template.name ?? fallback,
    when,
    each: each?.expression,
    until,
    failure,
    reuse,
  };
}

function compileFailure(checker: Checker, path: Path, template: StepTemplate, scope: Scope): CompiledStep["failure"] {
  if (template.failure === undefined) return undefined;
  const when = checker.expression([...path, "failure", "when"], template.failure.when, scope, BOOLEAN);
  const because = checker.expression([...path, "failure", "because"], template.failure.because, scope, STRING);
  return when === undefined || because === undefined ? undefined : { when, because };
}

function compileReuse(checker: Checker, path: Path, template: StepTemplate, scope: Scope): CompiledStep["reuse"] {
  if (template.reuse === undefined) return undefined;
  const where = [...path, "reuse"];
  const call = checker.call(where, template.reuse, withoutSteps(scope), "look");
  if (call === undefined) return undefined;
  const items = checker.listOf([...where, "items"], template.reuse.items, {
    output: call.operation.output,
    since: TIMESTAMP,
  });
  if (items === undefined) return undefined;
  if (items.element.kind !== "structure" && items.element.kind !== "any") {
    return checker.problem(
      [...where, "items"],
      "value",
      `expected a list of structures, found list<${describeShape(items.element)}>`,
    );
  }
  return { ...call, items: items.expression };
}

/** Conditions are decided when the plan is made, when no step has run. */
function withoutSteps(scope: Scope): Scope {
  const { steps: _, ...rest } = scope;
  return rest;
}

function expressionsOf(step: CompiledStep): { reads: Expression["reads"] }[] {
  const parts = [step.input, step.when, step.each, step.reuse?.input];
  return parts.filter((part) => part !== undefined);
}
