import { nearest } from "../text/nearest.ts";
import type { Json } from "../types/json.ts";
import type { Shape } from "../types/shape.ts";
import { decodeDocument } from "./document.ts";
import { duration, kindOfJson, timestamp } from "./from-json.ts";
import { describeShape } from "./to-json.ts";

/** Why a JSON literal is not of a shape, or undefined when it is. Of lists, maps and structures only the kind is looked at, not the content. */
export function literalProblem(value: Json, shape: Shape): string | undefined {
  const wrong = `expected ${describeShape(shape)}, found ${kindOfJson(value)}`;
  switch (shape.kind) {
    case "any":
      return undefined;
    case "null":
      return value === null ? undefined : wrong;
    case "string":
      return typeof value === "string" ? valueProblem(value, shape.values) : wrong;
    case "boolean":
      return typeof value === "boolean" ? undefined : wrong;
    case "integer":
      if (typeof value !== "number") return wrong;
      return Number.isInteger(value) ? undefined : "expected a whole number, found a fraction";
    case "double":
      return typeof value === "number" ? undefined : wrong;
    case "timestamp":
      return timestamp(value) === undefined ? `${wrong}; write it as 2026-01-31T00:00:00Z` : undefined;
    case "duration":
      return duration(value) === undefined ? `${wrong}; write it as 3600s` : undefined;
    case "blob":
      return typeof value === "string" && isBase64(value) ? undefined : "expected bytes as base64 text";
    case "document":
      return documentProblem(value, shape.decode, wrong);
    case "list":
      return Array.isArray(value) ? undefined : wrong;
    case "map":
    case "structure":
      return typeof value === "object" && value !== null && !Array.isArray(value) ? undefined : wrong;
  }
}

/** AWS adds values without notice, so only what is nearly a known value is taken for a misspelling of it. */
function valueProblem(value: string, known: readonly string[] | undefined): string | undefined {
  if (known === undefined || known.includes(value)) return undefined;
  const near = nearest(value, known);
  return near === undefined ? undefined : `AWS knows no value ${JSON.stringify(value)} here; did you mean ${near}?`;
}

function documentProblem(value: Json, decode: "json" | "url-json" | "csv", wrong: string): string | undefined {
  if (typeof value === "object" && value !== null) return undefined;
  if (typeof value !== "string") return wrong;
  try {
    decodeDocument(value, decode);
    return undefined;
  } catch {
    return `the text is not valid ${decode === "csv" ? "CSV" : "JSON"}`;
  }
}

function isBase64(text: string): boolean {
  return text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text);
}
