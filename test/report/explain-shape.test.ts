import { expect, test } from "vitest";
import { celType, membersOf, shapeAt } from "../../src/report/explain-shape.ts";
import type { Member, Shape, StructureShape } from "../../src/types/shape.ts";

const text: Shape = { kind: "string" };
const members = new Map<string, Member>();
/** Contains itself, as structures of AWS may. */
const tree: StructureShape = { kind: "structure", name: "x.Tree", members };
members.set("Name", { shape: text, required: false, sensitive: false });
members.set("Secret", { shape: text, required: false, sensitive: true });
members.set("Children", { shape: { kind: "list", element: tree }, required: false, sensitive: false });
members.set("ByName", { shape: { kind: "map", value: tree }, required: false, sensitive: false });

test("members are listed to the level asked for and no deeper, though the structure contains itself", () => {
  expect(membersOf(tree, 1, () => undefined).map(({ path }) => path)).toEqual(["Name", "Secret", "Children", "ByName"]);
  const two = membersOf(tree, 2, () => undefined).map(({ path }) => path);
  expect(two).toContain("Children[].Name");
  expect(two).toContain("ByName{}.Children");
  expect(two.filter((path) => path.split(".").length > 2)).toEqual([]);
});

test("sensitive members and the values AWS names are told", () => {
  const lines = membersOf(tree, 1, (structure, member) =>
    structure === "x.Tree" && member === "Name" ? ["a", "b"] : undefined,
  );
  expect(lines.find(({ path }) => path === "Name")?.values).toEqual(["a", "b"]);
  expect(lines.filter(({ sensitive }) => sensitive).map(({ path }) => path)).toEqual(["Secret"]);
});

test("types are those of expressions", () => {
  expect(celType({ kind: "list", element: { kind: "boolean" } })).toBe("list<bool>");
  expect(celType({ kind: "map", value: { kind: "integer" } })).toBe("map<string, int>");
  expect(celType({ kind: "document", decode: "csv" })).toBe("list<map<string, string>>");
  expect(celType(tree)).toBe("x.Tree");
});

test("a path leads through lists and maps, or says where it went astray", () => {
  expect(shapeAt(tree, ["Children", "ByName", "Name"])).toEqual({ shape: text });
  expect(shapeAt(tree, [])).toEqual({ shape: tree });
  expect(shapeAt(tree, ["Children", "Nme"])).toEqual({ wrong: "Nme", known: [...members.keys()], done: ["Children"] });
  expect(shapeAt(tree, ["Name", "More"])).toEqual({ wrong: "More", known: [], done: ["Name"] });
});
