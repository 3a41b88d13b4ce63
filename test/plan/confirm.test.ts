import fc from "fast-check";
import { expect, test } from "vitest";
import { confirmationNames, confirmations, keptConfirmations, unconfirmedLines } from "../../src/plan/confirm.ts";
import { confirmationLine } from "../../src/plan/file.ts";
import type { Plan, PlanItem } from "../../src/types/plan.ts";
import { bucketItem, planOf, volumeItem } from "../report/sample.ts";
import { hostileText } from "../text/hostile.ts";

const [one, two, safe] = [volumeItem(1), volumeItem(2), bucketItem(3)];

function confirming(items: readonly PlanItem[], ...confirmed: readonly string[]): Plan {
  return { ...planOf(items), confirmed };
}

function elsewhere(item: PlanItem, change: Partial<PlanItem> = {}): PlanItem {
  const arn = item.resource.arn.replace("111111111111", "222222222222");
  return { ...item, id: "f".repeat(32), account: "222222222222", resource: { ...item.resource, arn }, ...change };
}

test("a line names a resource by ARN, by ID or by its item's ID; what nobody names is missing", () => {
  for (const name of [one.resource.arn, one.resource.id, one.id]) {
    const { items, missing, idle } = confirmations(confirming([one, two, safe], name));
    expect([...items]).toEqual([one.id]);
    expect([...missing]).toEqual([two.id]);
    expect(idle).toEqual([]);
  }
  expect([...confirmations(planOf([one, safe])).missing]).toEqual([one.id]);
  expect(unconfirmedLines(confirming([one, two], two.id))).toEqual(
    new Map([[one.id, confirmationLine(one.resource.arn)]]),
  );
});

test("what names nothing, something that is not destructive, or two resources confirms nothing, and says why", () => {
  const names = ["vol-0abc9", safe.resource.arn, "", one.resource.id.toUpperCase(), `${one.resource.arn} `];
  const { items, idle } = confirmations(confirming([one, safe], ...names));
  expect(items.size).toBe(0);
  expect(idle.map(({ name, why }) => [name, why])).toEqual(
    names.map((name) => [name, "no destructive item of this plan is about it"]),
  );
  // The same ID in another account is another resource.
  const twice = confirmations(confirming([one, elsewhere(one)], one.resource.id));
  expect(twice.items.size).toBe(0);
  expect(twice.idle).toEqual([{ name: one.resource.id, why: "more than one resource of this plan has that name" }]);
});

test("what takes a destructive change back needs no confirmation", () => {
  const undo = { ...one, undoes: "a".repeat(32) };
  expect(confirmations(planOf([undo])).missing.size).toBe(0);
  expect(confirmationNames([undo]).size).toBe(0);
});

test("the name to write is the ARN; one that is not there, is not one resource's, or does not show gives way to the next", () => {
  const named = (item: PlanItem, ...others: readonly PlanItem[]) => confirmationNames([item, ...others]).get(item.id);
  const called = (resource: Partial<PlanItem["resource"]>): PlanItem => ({
    ...one,
    resource: { ...one.resource, ...resource },
  });
  expect(named(one)).toBe(one.resource.arn);
  expect(named(called({ arn: "" }))).toBe(one.resource.id);
  expect(named(called({ arn: "" }), elsewhere(called({ arn: "" })))).toBe(one.id);
  expect(named(called({ arn: "arn:\u202eevil", id: "a\nb" }))).toBe(one.id);
  expect(named(called({ arn: "a".repeat(3_000) }))).toBe(one.resource.id);
  expect(confirmationNames([one], () => false).get(one.id)).toBe(one.id);
});

test("property: whatever resources are called, the name to write confirms their items, and nothing of another resource", () => {
  const resource = fc.record({
    id: hostileText,
    arn: fc.oneof(hostileText, fc.constant("")),
    account: fc.constantFrom("1", "2"),
  });
  fc.assert(
    fc.property(fc.array(resource, { minLength: 1, maxLength: 6 }), (resources) => {
      const items = resources.map(({ id, arn, account }, index): PlanItem => {
        const made = volumeItem(index);
        return { ...made, account, resource: { ...made.resource, id: id === "" ? "x" : id, arn } };
      });
      const placeOf = ({ account, resource: { id } }: PlanItem) => JSON.stringify([account, id]);
      for (const [id, name] of confirmationNames(items)) {
        const { items: sure, idle } = confirmations({ ...planOf(items), confirmed: [name] });
        expect(idle).toEqual([]);
        expect(sure.has(id)).toBe(true);
        const places = items.filter((item) => sure.has(item.id)).map(placeOf);
        expect(new Set(places).size).toBe(1);
      }
    }),
  );
});

test("a new plan keeps the confirmations of lines that are the same, byte for byte, and of nothing that came to them", () => {
  const before = confirming([one, two], one.resource.arn, two.resource.id, "nothing");
  expect(keptConfirmations(before, [one, two, safe])).toEqual([one.resource.arn, two.resource.id]);
  expect(keptConfirmations(before, [two])).toEqual([two.resource.id]);
  const changed = { ...one, reason: "attached to nothing for 401 days" };
  expect(keptConfirmations(before, [changed, two])).toEqual([two.resource.id]);
  // Another destructive item of the same resource: nobody saw it when the name was written.
  const more = { ...one, id: "e".repeat(32), policy: "ec2_volume_other" };
  expect(keptConfirmations(before, [one, more, two])).toEqual([two.resource.id]);
  expect(keptConfirmations(planOf([one]), [one])).toEqual([]);
});

test("a name that two resources shared confirms neither, also once one of them is gone", () => {
  const before = confirming([one, elsewhere(one)], one.resource.id);
  expect(keptConfirmations(before, [one])).toEqual([]);
});
