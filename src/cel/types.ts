import type { Environment } from "@marcbachmann/cel-js";
import type { Shape, StructureShape } from "../types/shape.ts";
import type { CelType } from "./library.ts";
import { type StructConstructor, StructValue } from "./struct-value.ts";

export const TIMESTAMP = "google.protobuf.Timestamp";
export const DURATION = "google.protobuf.Duration";

const SCALARS = {
  string: "string",
  boolean: "bool",
  integer: "int",
  double: "double",
  timestamp: TIMESTAMP,
  duration: DURATION,
  blob: "bytes",
  any: "dyn",
  null: "null",
} as const;

const SHAPES: ReadonlyMap<string, Shape> = new Map<string, Shape>([
  ["string", { kind: "string" }],
  ["bool", { kind: "boolean" }],
  ["int", { kind: "integer" }],
  ["uint", { kind: "integer" }],
  ["double", { kind: "double" }],
  [TIMESTAMP, { kind: "timestamp" }],
  [DURATION, { kind: "duration" }],
  ["bytes", { kind: "blob" }],
  ["null", { kind: "null" }],
]);

interface Entry {
  readonly typeName: string;
  readonly shape: StructureShape;
  readonly make: StructConstructor;
}

/**
 * The structures of one environment as CEL types. A structure is registered the first time that an expression reaches it: an AWS
 * output leads to hundreds of structures, and most expressions look at two or three.
 */
export class TypeTable {
  readonly #environment: Environment;
  readonly #byShape = new Map<StructureShape, Entry>();
  readonly #byName = new Map<string, Entry>();

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  /** The CEL type name of a shape, registering the structures on the way. */
  nameOf(shape: Shape): string {
    switch (shape.kind) {
      case "list":
        return `list<${this.nameOf(shape.element)}>`;
      case "map":
        return `map<string, ${this.nameOf(shape.value)}>`;
      case "structure":
        return this.#entry(shape).typeName;
      case "document":
        return shape.decode === "csv" ? "list<map<string, string>>" : "dyn";
      default:
        return SCALARS[shape.kind];
    }
  }

  /** The class whose instances are values of the structure: the library finds a value's type by its constructor. */
  constructorOf(shape: StructureShape): StructConstructor {
    return this.#entry(shape).make;
  }

  structureOf(type: CelType): StructureShape | undefined {
    return type.kind === "message" ? this.#byName.get(type.name)?.shape : undefined;
  }

  /** The shape of a CEL type; `any` where the type says nothing. An optional is of the shape of what it may hold. */
  shapeOf(type: CelType): Shape {
    switch (type.kind) {
      case "list":
        return { kind: "list", element: type.valueType ? this.shapeOf(type.valueType) : { kind: "any" } };
      case "map":
        return { kind: "map", value: type.valueType ? this.shapeOf(type.valueType) : { kind: "any" } };
      case "optional":
        return type.valueType ? this.shapeOf(type.valueType) : { kind: "any" };
      default:
        return this.structureOf(type) ?? SHAPES.get(type.name) ?? { kind: "any" };
    }
  }

  /** A type in the words of a message. */
  describe(type: CelType): string {
    return describeTypeName(type.name);
  }

  #entry(shape: StructureShape): Entry {
    const known = this.#byShape.get(shape);
    if (known !== undefined) return known;
    const base = shape.name.replaceAll(/[^\w.]/g, "_").replace(/^\.+/, "");
    // Two structures of one name are the same; where somebody made two that differ, each still gets its own type.
    for (let attempt = 1; ; attempt++) {
      const typeName = attempt === 1 ? base : `${base}#${attempt}`;
      const taken = this.#byName.get(typeName);
      if (taken !== undefined) {
        if (!alike(taken.shape, shape)) continue;
        this.#byShape.set(shape, taken);
        return taken;
      }
      const make = class extends StructValue {};
      try {
        this.#environment.registerType(typeName, { ctor: make });
      } catch (error) {
        // A name that the library keeps for itself (`map`) or finds too short.
        if (attempt < 3) continue;
        throw error;
      }
      const entry = { typeName, shape, make };
      this.#byShape.set(shape, entry);
      this.#byName.set(typeName, entry);
      return entry;
    }
  }
}

/** A type's name as people write it: `timestamp` for `google.protobuf.Timestamp`, `any` for `dyn`. */
export function describeTypeName(name: string): string {
  return name
    .replaceAll(TIMESTAMP, "timestamp")
    .replaceAll(DURATION, "duration")
    .replaceAll(/\bdyn\b(<([^<>]+)>)?/g, (_all, _inner, of) => of ?? "any")
    .replaceAll(/\b[A-Z]\b/g, "any")
    .replaceAll(/#\d+/g, "");
}

function alike(a: StructureShape, b: StructureShape): boolean {
  if (a.name !== b.name || a.members.size !== b.members.size) return false;
  for (const [name, member] of a.members) {
    const other = b.members.get(name);
    if (other === undefined || other.shape.kind !== member.shape.kind) return false;
    if (other.shape.kind === "structure" && member.shape.kind === "structure" && other.shape.name !== member.shape.name)
      return false;
  }
  return true;
}
