import { isArray, isObject, own } from "../json.ts";
import { nearest } from "../text/nearest.ts";
import type { CelEnvironment, Expression, Scope, TemplateProblem } from "../types/cel.ts";
import type { Json, JsonObject } from "../types/json.ts";
import type { Shape, StructureShape } from "../types/shape.ts";
import { literalProblem } from "./literal.ts";
import { evaluateTemplate, type Part } from "./template-parts.ts";
import { celString, type Piece, parseTemplateText } from "./template-text.ts";
import { describeShape } from "./to-json.ts";

type Path = readonly (string | number)[];

interface Setup {
  readonly cel: CelEnvironment;
  readonly scope: Scope;
  readonly deferred: ReadonlySet<string>;
  readonly problems: TemplateProblem[];
  readonly reads: Map<string, readonly string[]>;
}

/** See the contract in types/cel.ts. All problems are found at once. */
export function compileTemplate(
  cel: CelEnvironment,
  template: JsonObject,
  scope: Scope,
  expected: StructureShape,
  options: { readonly defer?: readonly string[] } = {},
): ReturnType<CelEnvironment["compileTemplate"]> {
  const setup: Setup = { cel, scope, deferred: new Set(options.defer), problems: [], reads: new Map() };
  const root = compilePart(template, expected, [], setup);
  if (setup.problems.length > 0) return { ok: false, problems: setup.problems };
  return {
    ok: true,
    value: { reads: [...setup.reads.values()], evaluate: (bindings) => evaluateTemplate(root, bindings) },
  };
}

function compilePart(value: Json, shape: Shape, path: Path, setup: Setup): Part {
  if (typeof value === "string" && value.includes("${")) return compileText(value, shape, path, setup);
  if (shape.kind === "document" && (isObject(value) || isArray(value))) {
    const content = compilePart(value, { kind: "any" }, path, setup);
    if (holdsDeferred(content)) {
      const message = "a document cannot be written out around values that are known only while the steps run";
      setup.problems.push({ path, at: "value", offset: 0, length: 0, message });
    }
    return { kind: "document", content };
  }
  if (isObject(value) && hasMembers(shape)) return compileObject(value, shape, path, setup);
  if (isArray(value) && (shape.kind === "list" || shape.kind === "any")) {
    const element = shape.kind === "list" ? shape.element : shape;
    return { kind: "list", items: value.map((item, index) => compilePart(item, element, [...path, index], setup)) };
  }
  const message = literalProblem(value, shape);
  if (message !== undefined)
    setup.problems.push({
      path,
      at: "value",
      offset: 0,
      length: typeof value === "string" ? value.length : 0,
      message,
    });
  return { kind: "literal", json: value };
}

function hasMembers(shape: Shape): boolean {
  return shape.kind === "structure" || shape.kind === "map" || shape.kind === "any";
}

function holdsDeferred(part: Part): boolean {
  if (part.kind === "object") return part.members.some(([, member]) => holdsDeferred(member));
  return part.kind === "list" ? part.items.some(holdsDeferred) : part.kind === "deferred";
}

function compileObject(value: JsonObject, shape: Shape, path: Path, setup: Setup): Part {
  const members: (readonly [string, Part])[] = [];
  for (const [key, item] of Object.entries(value)) {
    const at = [...path, key];
    if (shape.kind !== "structure") {
      members.push([key, compilePart(item, shape.kind === "map" ? shape.value : { kind: "any" }, at, setup)]);
      continue;
    }
    const member = shape.members.get(key);
    if (member !== undefined) members.push([key, compilePart(item, member.shape, at, setup)]);
    else {
      const near = nearest(key, shape.members.keys());
      const problem = {
        path: at,
        at: "key",
        offset: 0,
        length: key.length,
        message: `${shape.name} has no member ${key}`,
      } as const;
      setup.problems.push(near === undefined ? problem : { ...problem, nearest: near });
    }
  }
  if (shape.kind === "structure") {
    const missing = [...shape.members]
      .filter(([name, member]) => member.required && own(value, name) === undefined)
      .map(([name]) => name);
    if (missing.length > 0) {
      setup.problems.push({
        path,
        at: "value",
        offset: 0,
        length: 0,
        message: `${shape.name} needs ${missing.join(", ")}`,
      });
    }
  }
  return { kind: "object", members };
}

function compileText(text: string, shape: Shape, path: Path, setup: Setup): Part {
  const parsed = parseTemplateText(text);
  if (!parsed.ok) {
    const { offset, length, message } = parsed;
    setup.problems.push({ path, at: "value", offset, length, message });
    return { kind: "literal", json: null };
  }
  const [only] = parsed.pieces;
  if (parsed.pieces.length === 1 && only?.kind === "expression") {
    const expression = compileExpression(only, shape, path, setup);
    if (expression === undefined) return { kind: "literal", json: null };
    return isDeferred(expression, setup)
      ? { kind: "deferred", source: expression.source }
      : { kind: "expression", expression };
  }
  const pieces = parsed.pieces.map((piece) =>
    piece.kind === "text" ? piece.text : compileTextPiece(piece, path, setup),
  );
  if (pieces.every((piece) => typeof piece === "string")) {
    const literal = pieces.join("");
    const message = literalProblem(literal, shape);
    if (message !== undefined) setup.problems.push({ path, at: "value", offset: 0, length: text.length, message });
    return { kind: "literal", json: literal };
  }
  if (shape.kind !== "string" && shape.kind !== "any" && shape.kind !== "document") {
    const message = `expected ${describeShape(shape)}, found text around \${…}`;
    setup.problems.push({ path, at: "value", offset: 0, length: text.length, message });
  }
  const known = pieces.filter((piece) => piece !== undefined);
  const [early] = known.filter((piece) => typeof piece !== "string" && !isDeferred(piece, setup));
  const late = known.some((piece) => typeof piece !== "string" && isDeferred(piece, setup));
  const place = parsed.pieces.find((piece) => piece.kind === "expression");
  if (late && typeof early === "object" && place?.kind === "expression") {
    const [[root = "a value"] = []] = early.reads;
    refuseMixed(place, root, path, setup);
  }
  if (known.some((piece) => typeof piece !== "string" && isDeferred(piece, setup))) {
    return {
      kind: "deferred",
      source: known.map((piece) => (typeof piece === "string" ? celString(piece) : asText(piece))).join(" + "),
    };
  }
  return { kind: "text", pieces: known };
}

const PRINTABLE = new Set(["string", "integer", "double", "boolean", "timestamp", "duration", "any"]);

/** An expression inside of text: its value is printed, so it must be one that has a plain text. */
function compileTextPiece(
  piece: Extract<Piece, { kind: "expression" }>,
  path: Path,
  setup: Setup,
): Expression | undefined {
  const inferred = compileExpression(piece, undefined, path, setup);
  if (inferred === undefined) return undefined;
  if (!PRINTABLE.has(inferred.shape.kind)) {
    const message = `expected text or a number, found ${describeShape(inferred.shape)}`;
    setup.problems.push({ path, at: "value", offset: piece.offset, length: piece.source.length, message });
    return undefined;
  }
  // Compiled again with its own shape: what is not set must be a fault here, not an empty place in a name.
  return inferred.shape.kind === "any" ? inferred : compileExpression(piece, inferred.shape, path, setup);
}

function compileExpression(
  piece: Extract<Piece, { kind: "expression" }>,
  shape: Shape | undefined,
  path: Path,
  setup: Setup,
): Expression | undefined {
  const compiled = setup.cel.compile(piece.source, setup.scope, shape);
  if (!compiled.ok) {
    for (const problem of compiled.problems) {
      setup.problems.push({ ...problem, path, at: "value", offset: piece.offset + problem.offset });
    }
    return undefined;
  }
  for (const read of compiled.value.reads) setup.reads.set(read.join("\0"), read);
  if (isDeferred(compiled.value, setup)) {
    const other = compiled.value.reads.map(([root = ""]) => root).find((root) => !setup.deferred.has(root));
    if (other !== undefined) refuseMixed(piece, other, path, setup);
  }
  return compiled.value;
}

/** A deferred expression is evaluated when nothing else is known any more: a plan holds its text, not the world it was made of. */
function refuseMixed(piece: Extract<Piece, { kind: "expression" }>, other: string, path: Path, setup: Setup): void {
  const message = `what reads ${[...setup.deferred].join(", ")} is worked out later, when ${other} is not at hand`;
  setup.problems.push({ path, at: "value", offset: piece.offset, length: piece.source.length, message });
}

function isDeferred(expression: Expression, setup: Setup): boolean {
  return expression.reads.some(([root]) => root !== undefined && setup.deferred.has(root));
}

function asText(expression: Expression): string {
  return expression.shape.kind === "string" ? `(${expression.source})` : `string(${expression.source})`;
}
