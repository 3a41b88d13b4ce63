import { isObject } from "../json.ts";
import type { Bindings, Evaluation, Expression, Template } from "../types/cel.ts";
import type { Json } from "../types/json.ts";

type Fault = Exclude<Evaluation, { kind: "value" } | { kind: "absent" }>;

/** A checked part of a template. Evaluates to JSON, or to undefined where the value is absent and is to be left out. */
export type Part =
  | { readonly kind: "literal"; readonly json: Json }
  | { readonly kind: "expression"; readonly expression: Expression }
  | { readonly kind: "text"; readonly pieces: readonly (string | Expression)[] }
  | { readonly kind: "deferred"; readonly source: string }
  | { readonly kind: "object"; readonly members: readonly (readonly [string, Part])[] }
  | { readonly kind: "list"; readonly items: readonly Part[] }
  /** A document written out as YAML: sent as its text. */
  | { readonly kind: "document"; readonly content: Part };

/** All parts are evaluated, so that an unknown is reported rather than an error that stands before it. */
export function evaluateTemplate(root: Part, bindings: Bindings): ReturnType<Template["evaluate"]> {
  const bind: Record<string, string> = {};
  const faults: Fault[] = [];
  const params = evaluatePart(root, "", bindings, bind, faults);
  const gravest = faults.find((fault) => fault.kind === "unknown") ?? faults[0];
  if (gravest !== undefined) return gravest;
  if (!isObject(params)) throw new TypeError("a template is a structure");
  return { kind: "value", params, bind };
}

function evaluatePart(
  part: Part,
  pointer: string,
  bindings: Bindings,
  bind: Record<string, string>,
  faults: Fault[],
): Json | undefined {
  switch (part.kind) {
    case "literal":
      return part.json;
    case "expression":
      return jsonOf(part.expression.evaluate(bindings), faults);
    case "text":
      return part.pieces
        .map((piece) => (typeof piece === "string" ? piece : printed(piece, bindings, faults)))
        .join("");
    case "deferred":
      bind[pointer] = part.source;
      return undefined;
    case "list": {
      const items: Json[] = [];
      for (const item of part.items) {
        const json = evaluatePart(item, `${pointer}/${items.length}`, bindings, bind, faults);
        // A deferred element keeps its place, so that its pointer and those after it stay right.
        if (json !== undefined) items.push(json);
        else if (item.kind === "deferred") items.push(null);
      }
      return items;
    }
    case "document":
      return JSON.stringify(evaluatePart(part.content, pointer, bindings, bind, faults));
    case "object": {
      const entries: [string, Json][] = [];
      for (const [key, member] of part.members) {
        const step = key.replaceAll("~", "~0").replaceAll("/", "~1");
        const json = evaluatePart(member, `${pointer}/${step}`, bindings, bind, faults);
        if (json !== undefined) entries.push([key, json]);
      }
      return Object.fromEntries(entries);
    }
  }
}

function jsonOf(evaluation: Evaluation, faults: Fault[]): Json | undefined {
  if (evaluation.kind === "value") return evaluation.value;
  if (evaluation.kind !== "absent") faults.push(evaluation);
  return undefined;
}

function printed(expression: Expression, bindings: Bindings, faults: Fault[]): string {
  const evaluation = expression.evaluate(bindings);
  const json = jsonOf(evaluation, faults);
  if (typeof json === "string") return json;
  if (typeof json === "number" || typeof json === "boolean") return String(json);
  if (evaluation.kind === "absent" || evaluation.kind === "value") {
    faults.push({
      kind: "error",
      message: `\${${expression.source}} is not set or is not text, so no text can be made of it`,
    });
  }
  return "";
}
