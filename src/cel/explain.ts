import { TypeError as CelTypeError, EvaluationError, ParseError } from "@marcbachmann/cel-js";
import { nearest } from "../text/nearest.ts";
import type { TextProblem } from "../types/cel.ts";
import { Problem } from "./faults.ts";
import { describeTypeName } from "./types.ts";

export interface KnownFunction {
  readonly name: string;
  readonly signature: string;
  readonly receiverType: string | null;
}

const TOKENS: Readonly<Record<string, string>> = {
  EOF: "the end",
  NUMBER: "a number",
  STRING: "text",
  BYTES: "bytes",
  BOOLEAN: "true or false",
  NULL: "null",
  IDENTIFIER: "a name",
  PLUS: "+",
  MINUS: "-",
  MULTIPLY: "*",
  DIVIDE: "/",
  MODULO: "%",
  EQ: "==",
  NE: "!=",
  LT: "<",
  LE: "<=",
  GT: ">",
  GE: ">=",
  AND: "&&",
  OR: "||",
  NOT: "!",
  IN: "in",
  LPAREN: "(",
  RPAREN: ")",
  LBRACKET: "[",
  RBRACKET: "]",
  LBRACE: "{",
  RBRACE: "}",
  DOT: ".",
  COMMA: ",",
  COLON: ":",
  QUESTION: "?",
};

/** What went wrong while compiling, in plain words. */
export function explain(error: unknown, source: string, functions: readonly KnownFunction[]): TextProblem {
  if (error instanceof Problem) return textProblem(error);
  if (error instanceof RangeError)
    return { offset: 0, length: source.length, message: "the expression is nested too deeply" };
  if (!(error instanceof ParseError || error instanceof CelTypeError || error instanceof EvaluationError)) {
    // A fault of the checker itself must stop one policy, not the run of all of them.
    return {
      offset: 0,
      length: source.length,
      message: `the expression could not be checked: ${error instanceof Error ? error.message : String(error)}`,
    };
  }
  const start = Math.min(error.range?.start ?? 0, source.length);
  const end = Math.min(Math.max(error.range?.end ?? start, start), source.length);
  const place = { offset: start, length: end - start };
  if (error.code === "no_matching_overload") return { ...place, ...explainCall(error.summary, functions) };
  return { ...place, message: explainCode(error.code, error.summary, source) };
}

export function textProblem(problem: Problem): TextProblem {
  const { offset, length, message } = problem;
  return problem.nearest === undefined
    ? { offset, length, message }
    : { offset, length, message, nearest: problem.nearest };
}

function explainCode(code: string, summary: string, source: string): string {
  switch (code) {
    case "expected_token":
    case "unexpected_token": {
      const words = summary
        .replaceAll(/\b[A-Z]{2,}\b/g, (token) => TOKENS[token] ?? token)
        .replace("Unexpected token: the end", "unexpected end")
        .replace("Unexpected token:", "unexpected");
      return source.trim() === "" ? "an expression is missing" : lowerFirst(words);
    }
    case "no_such_overload": {
      const [, operation] = /^no such overload: (.*)$/.exec(summary) ?? [];
      return operation === undefined ? summary : explainOperation(operation);
    }
    case "incompatible_ternary_branches":
      return describeTypeName(lowerFirst(summary).replace("ternary branches", "both branches of ?:"));
    case "limit_exceeded":
      return `the expression is too large (${summary.replace("Exceeded ", "")})`;
    default:
      return describeTypeName(lowerFirst(summary));
  }
}

/** `int * double` and the like. */
function explainOperation(operation: string): string {
  const words = describeTypeName(operation);
  const [, left, operator, right] = /^(.+) ([-+*/%<>=!]+) (.+)$/.exec(words) ?? [];
  if (left === undefined || operator === undefined || right === undefined) return `${words} is not possible`;
  const numbers = ["int", "uint", "double"];
  const hint =
    numbers.includes(left) && numbers.includes(right) ? "; write double(…) or int(…) around one of them" : "";
  const missing = left === "null" || right === "null" ? "; has(…) tells whether a value is set" : "";
  return `${operator} cannot combine ${left} and ${right}${hint}${missing}`;
}

function explainCall(summary: string, functions: readonly KnownFunction[]): Omit<TextProblem, "offset" | "length"> {
  const [, receiver, name, args] = /'(?:(.*)\.)?(\w+)\((.*)\)'/s.exec(summary) ?? [];
  if (name === undefined) return { message: summary };
  const isMethod = receiver !== undefined;
  const named = functions.filter((known) => known.name === name && (known.receiverType !== null) === isMethod);
  const found = `${isMethod ? `${describeTypeName(receiver)}.` : ""}${name}(${describeTypeName(args ?? "")})`;
  if (named.length > 0) {
    const forms = [...new Set(named.map((known) => describeTypeName(known.signature)))];
    return { message: `no ${found}; there is ${forms.slice(0, 4).join(", ")}${forms.length > 4 ? ", …" : ""}` };
  }
  const near = nearest(
    name,
    new Set(functions.filter((known) => (known.receiverType !== null) === isMethod).map((known) => known.name)),
  );
  const message = isMethod ? `unknown method ${name} on ${describeTypeName(receiver)}` : `unknown function ${name}`;
  return near === undefined ? { message } : { message, nearest: near };
}

function lowerFirst(text: string): string {
  return text.slice(0, 1).toLowerCase() + text.slice(1);
}
