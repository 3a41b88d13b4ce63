import type { Problem } from "../errors.ts";
import { nearest } from "../text/nearest.ts";
import type { CallTemplate } from "../types/catalogue.ts";
import type { CelEnvironment, Expression, Scope, Template } from "../types/cel.ts";
import type { Models, Operation } from "../types/operation.ts";
import type { Shape, StructureShape } from "../types/shape.ts";
import type { CompiledCall } from "./compiled.ts";
import type { Path, Source } from "./source.ts";

export const STRING: Shape = { kind: "string" };
export const BOOLEAN: Shape = { kind: "boolean" };
export const TIMESTAMP: Shape = { kind: "timestamp" };

/** Which operations a place may name: catalogue files that look may only look; steps may do. */
export type Purpose = "look" | "step";

/** Checks one file by meaning and collects what is wrong; a check that fails gives undefined and the checking goes on. */
export class Checker {
  readonly problems: Problem[] = [];
  readonly source: Source;
  readonly models: Models;
  readonly cel: CelEnvironment;

  constructor(source: Source, models: Models, cel: CelEnvironment) {
    this.source = source;
    this.models = models;
    this.cel = cel;
  }

  problem(path: Path, at: "key" | "value", message: string, near?: string, offset?: number): undefined {
    this.problems.push({ file: this.source.file, ...this.source.locate(path, at, offset), message, nearest: near });
    return undefined;
  }

  expression(path: Path, text: string, scope: Scope, expected?: Shape): Expression | undefined {
    const compiled = this.cel.compile(text, scope, expected);
    if (compiled.ok) return compiled.value;
    for (const { offset, message, nearest: near } of compiled.problems)
      this.problem(path, "value", message, near, offset);
    return undefined;
  }

  template(
    path: Path,
    value: CallTemplate["with"],
    scope: Scope,
    expected: StructureShape,
    defer: readonly string[] = [],
  ): Template | undefined {
    const compiled = this.cel.compileTemplate(value ?? {}, scope, expected, { defer });
    if (compiled.ok) return compiled.value;
    for (const { path: inner, at, offset, message, nearest: near } of compiled.problems) {
      this.problem(value === undefined ? path.slice(0, -1) : [...path, ...inner], at, message, near, offset);
    }
    return undefined;
  }

  /** Finds the operation in AWS's model. What only looks may name no operation that writes, and nothing may name one that hands out secrets. */
  operation(path: Path, call: string, purpose: Purpose): Operation | undefined {
    const [service = "", name = ""] = call.split(":");
    const services = this.models.services();
    if (!services.includes(service)) {
      return this.problem(
        path,
        "value",
        `unknown service \`${service}\`; expected ${services.join(", ")}`,
        nearest(service, services),
      );
    }
    const operation = this.models.operation(service, name);
    if (operation === undefined) {
      const known = this.models.operations(service);
      return this.problem(path, "value", `AWS's ${service} has no operation \`${name}\``, nearest(name, known));
    }
    if (operation.secret !== undefined) {
      return this.problem(
        path,
        "value",
        `\`${call}\` is refused: it hands out ${operation.secret}, and answers end up where many people read`,
      );
    }
    if (purpose === "look" && !operation.reads) {
      return this.problem(
        path,
        "value",
        `\`${call}\` is refused: AWS does not class it as List or Read, and this place may only look`,
      );
    }
    return operation;
  }

  call(
    path: Path,
    template: CallTemplate,
    scope: Scope,
    purpose: Purpose,
    defer: readonly string[] = [],
  ): CompiledCall | undefined {
    const operation = this.operation([...path, "call"], template.call, purpose);
    if (operation === undefined) return undefined;
    const iam = template.iam ?? operation.iam;
    for (const [index, action] of (template.iam ?? []).entries()) {
      if (action.endsWith("*") || this.models.iamAction(action) !== undefined) continue;
      const prefix = action.split(":")[0] ?? "";
      this.problem(
        [...path, "iam", index],
        "value",
        `IAM has no action \`${action}\``,
        nearest(action, this.models.iamActions(prefix)),
      );
    }
    if (iam.length === 0) {
      return this.problem(
        [...path, "call"],
        "value",
        `it is not known which IAM action \`${template.call}\` needs; name it under \`iam\``,
      );
    }
    const input = this.template([...path, "with"], template.with, scope, operation.input, defer);
    return input === undefined ? undefined : { operation, input, iam };
  }

  /** A list expression's element shape. */
  listOf(path: Path, text: string, scope: Scope): { expression: Expression; element: Shape } | undefined {
    const expression = this.expression(path, text, scope);
    if (expression === undefined) return undefined;
    const { shape } = expression;
    if (shape.kind === "list") return { expression, element: shape.element };
    if (shape.kind === "any") return { expression, element: { kind: "any" } };
    return this.problem(path, "value", `expected a list, found ${describeShape(shape)}`);
  }
}

export function describeShape(shape: Shape): string {
  switch (shape.kind) {
    case "list":
      return `list<${describeShape(shape.element)}>`;
    case "map":
      return `map<string, ${describeShape(shape.value)}>`;
    case "structure":
      return shape.name;
    default:
      return shape.kind;
  }
}

export function structure(
  name: string,
  members: Readonly<Record<string, Shape>>,
  required: readonly string[] = [],
): StructureShape {
  const entries = Object.entries(members).map(
    ([key, shape]) => [key, { shape, required: required.includes(key), sensitive: false }] as const,
  );
  return { kind: "structure", name, members: new Map(entries) };
}

/** What every expression may name. */
export const ACCOUNT_SHAPE = structure("evenkeel.Account", {
  id: STRING,
  name: STRING,
  labels: { kind: "map", value: STRING },
});
export const PLACE_SCOPE: Scope = { account: ACCOUNT_SHAPE, region: STRING, partition: STRING };

/** What parameters may name: they are evaluated once per account, where no region is known yet. */
export const PARAM_SCOPE: Scope = { account: ACCOUNT_SHAPE, partition: STRING };
