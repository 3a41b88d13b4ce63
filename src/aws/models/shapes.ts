/** Shape objects from the rows of a model file, built when they are asked for. */
import type { Member, ScalarShape, Shape, StructureShape } from "../../types/shape.ts";
import type { ModelFile, Ref, StructureRow } from "./file.ts";
import { firstRow, scalarRefs } from "./file.ts";

const scalars: readonly ScalarShape[] = scalarRefs.map((kind) => ({ kind }));

export interface ServiceShapes {
  /** @throws where the row at `ref` is not a structure: the file is broken. */
  structure(ref: Ref): StructureShape;
  /** By its name within the service; undefined: no such structure. */
  named(name: string): StructureShape | undefined;
}

/** The known values of a text, or of the texts in a list or map; undefined: any text. */
export function enumIn(shape: Shape | undefined): readonly string[] | undefined {
  if (shape === undefined) return undefined;
  if (shape.kind === "list") return enumIn(shape.element);
  if (shape.kind === "map") return enumIn(shape.value);
  return shape.kind === "string" ? shape.values : undefined;
}

/** One Shape object for each row, however often it is asked for; names are `<service>.<Name>`. */
export function shapesOf(service: string, file: ModelFile): ServiceShapes {
  const built = new Map<Ref, Shape>();

  const shape = (ref: Ref): Shape => {
    const scalar = scalars[ref];
    if (scalar !== undefined) return scalar;
    const known = built.get(ref);
    if (known !== undefined) return known;
    const made = build(ref);
    built.set(ref, made);
    return made;
  };

  const build = (ref: Ref): Shape => {
    const row = file.shapes[ref - firstRow];
    if (row === undefined) throw new Error(`The model of ${service} has no shape ${ref}`);
    if (row[0] === "e") {
      const named: ScalarShape = { kind: "string", values: row[1] };
      return named;
    }
    if (row[0] === "l") return { kind: "list", element: shape(row[1]) };
    if (row[0] === "m") return { kind: "map", value: shape(row[1]) };
    return structure(row);
  };

  const structure = (row: StructureRow): StructureShape => {
    let members: ReadonlyMap<string, Member> | undefined;
    return {
      kind: "structure",
      name: `${service}.${row[1]}`,
      // A structure may contain itself, and most structures of a service are never looked at.
      get members() {
        members ??= membersOf(row);
        return members;
      },
    };
  };

  const membersOf = (row: StructureRow): ReadonlyMap<string, Member> => {
    const [, , required, names, refs, sensitive] = row;
    const members = new Map<string, Member>();
    for (const [index, name] of (names === "" ? [] : names.split(" ")).entries()) {
      const ref = refs[index];
      if (ref === undefined) throw new Error(`The model of ${service} has no type for ${row[1]}.${name}`);
      // The shape of a member is a getter too: a list of the structure itself would otherwise be built while it is being built.
      members.set(
        name,
        lazyMember(() => shape(ref), index < required, sensitive?.includes(index) ?? false),
      );
    }
    return members;
  };

  const structureAt = (ref: Ref): StructureShape => {
    const made = shape(ref);
    if (made.kind !== "structure") throw new Error(`Shape ${ref} of ${service} is no structure`);
    return made;
  };

  return {
    structure: structureAt,
    named(name) {
      const index = file.shapes.findIndex((row) => row[0] === "s" && row[1] === name);
      return index < 0 ? undefined : structureAt(index + firstRow);
    },
  };
}

function lazyMember(shape: () => Shape, required: boolean, sensitive: boolean): Member {
  return {
    get shape() {
      return shape();
    },
    required,
    sensitive,
  };
}
