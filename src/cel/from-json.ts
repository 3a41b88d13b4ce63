import { Duration } from "@marcbachmann/cel-js/evaluator";
import { isArray, isObject } from "../json.ts";
import type { Json } from "../types/json.ts";
import type { FieldState } from "../types/scan.ts";
import type { DocumentShape, Shape } from "../types/shape.ts";
import { decodeDocument, rememberText } from "./document.ts";
import { EvaluationFault, UnknownFault } from "./faults.ts";
import { unreadable } from "./markers.ts";
import { ABSENT, type Converter, type Lookup, type StructSource, type StructValue } from "./struct-value.ts";
import type { TypeTable } from "./types.ts";

/** JSON to CEL values, by shape. Lists and maps are converted one level at a time, structures when their members are read. */
export class FromJson implements Converter {
  readonly #types: TypeTable;

  constructor(types: TypeTable) {
    this.#types = types;
  }

  structure(shape: Extract<Shape, { kind: "structure" }>, source: StructSource, path: string): StructValue {
    const make = this.#types.constructorOf(shape);
    return new make(shape, source, path, this);
  }

  fromState(state: FieldState, shape: Shape, path: string): Lookup {
    if (state.state === "unknown") throw new UnknownFault(path, state.code, state.message);
    if (state.state === "absent") return ABSENT;
    // AWS leaves out what is not set; some services say null instead, which means the same.
    if (state.value === null && shape.kind !== "any" && shape.kind !== "null") return ABSENT;
    return { state: "value", value: this.value(state.value, shape, path) };
  }

  /** What an unset value reads as: false, the empty list, map or structure. Numbers, text, times and documents have no obvious empty. */
  emptyOf(shape: Shape, path: string): Lookup {
    switch (shape.kind) {
      case "boolean":
        return { state: "value", value: false };
      case "list":
        return { state: "value", value: [] };
      case "map":
        return { state: "value", value: new Map() };
      case "structure":
        return { state: "value", value: this.structure(shape, null, path) };
      default:
        return ABSENT;
    }
  }

  value(json: Json, shape: Shape, path: string): unknown {
    const why = unreadable(json);
    if (why !== undefined) throw new UnknownFault(path, why.code, why.message);
    switch (shape.kind) {
      case "any":
        return this.#any(json, path);
      case "null":
        return json === null ? null : wrong(path, "nothing (null)", json);
      case "string":
        return typeof json === "string" ? json : wrong(path, "text", json);
      case "boolean":
        return typeof json === "boolean" ? json : wrong(path, "true or false", json);
      case "integer":
        return typeof json === "number" && Number.isInteger(json) ? BigInt(json) : wrong(path, "a whole number", json);
      case "double":
        return typeof json === "number" ? json : wrong(path, "a number", json);
      case "timestamp":
        return timestamp(json) ?? wrong(path, "a time in ISO 8601", json);
      case "duration":
        return duration(json) ?? wrong(path, 'a duration such as "3600s"', json);
      case "blob":
        return typeof json === "string"
          ? new Uint8Array(Buffer.from(json, "base64"))
          : wrong(path, "base64 text", json);
      case "document":
        return typeof json === "string"
          ? this.#document(json, shape, path)
          : wrong(path, "the text of a document", json);
      case "list":
        return isArray(json)
          ? json.map((item) => this.value(item, shape.element, `${path}[]`))
          : wrong(path, "a list", json);
      case "map":
        if (!isObject(json)) return wrong(path, "a map", json);
        return new Map(
          Object.entries(json).map(([key, item]) => [
            key,
            this.value(item, shape.value, `${path}[${JSON.stringify(key)}]`),
          ]),
        );
      case "structure":
        return isObject(json) ? this.structure(shape, json, path) : wrong(path, "a structure", json);
    }
  }

  /** JSON of no declared type: whole numbers are int, as in a policy's literals; all others double. */
  #any(json: Json, path: string): unknown {
    const why = unreadable(json);
    if (why !== undefined) throw new UnknownFault(path, why.code, why.message);
    if (typeof json === "number") return Number.isSafeInteger(json) && !Object.is(json, -0) ? BigInt(json) : json;
    if (isArray(json)) return json.map((item) => this.#any(item, `${path}[]`));
    if (isObject(json))
      return new Map(Object.entries(json).map(([key, item]) => [key, this.#any(item, `${path}.${key}`)]));
    return json;
  }

  #document(text: string, shape: DocumentShape, path: string): unknown {
    let decoded: ReturnType<typeof decodeDocument>;
    try {
      decoded = decodeDocument(text, shape.decode);
    } catch {
      throw new EvaluationFault(`${path} is not valid ${shape.decode === "csv" ? "CSV" : "JSON"}`);
    }
    const value = this.#any(decoded.value, path);
    // A lone scalar is no document: it could not be told from a text of the same content on the way back.
    if (typeof value !== "object" || value === null)
      throw new EvaluationFault(`${path} is JSON, but no object or list`);
    rememberText(value, decoded.text);
    return value;
  }
}

/** The instant that ISO 8601 text names, or undefined. */
export function timestamp(json: Json): Date | undefined {
  if (typeof json !== "string" || !/^\d{4}-\d\d-\d\d/.test(json)) return undefined;
  const date = new Date(json);
  return Number.isNaN(date.getTime()) ? undefined : date;
}

/** Seconds with up to nine decimals: `3600s`, `-0.5s`. */
export function duration(json: Json): Duration | undefined {
  const match = typeof json === "string" ? /^(-?)(\d+)(?:\.(\d{1,9}))?s$/.exec(json) : null;
  if (match === null) return undefined;
  const sign = match[1] === "-" ? -1 : 1;
  return new Duration(BigInt(sign) * BigInt(match[2] ?? "0"), sign * Number((match[3] ?? "").padEnd(9, "0")));
}

function wrong(path: string, expected: string, json: Json): never {
  throw new EvaluationFault(`${path}: expected ${expected}, found ${kindOfJson(json)}`);
}

export function kindOfJson(json: Json): string {
  if (json === null) return "null";
  if (isArray(json)) return "a list";
  if (typeof json === "object") return "a map";
  if (typeof json === "string") return "text";
  return typeof json === "number" ? "a number" : "true or false";
}
