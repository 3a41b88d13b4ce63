import { expect, test } from "vitest";
import { actionsOf, onlyReads } from "../../../src/aws/models/iam.ts";
import { services } from "../../../src/aws/services.ts";
import { entries, models, table } from "./known.ts";

const exceptions = entries(table<Record<string, Record<string, string[]>>>("operation-actions.yaml"));

test.each(exceptions)("the actions of %s:%s are actions of IAM", (service, operation, actions) => {
  expect(models.operation(service, operation)?.iam).toEqual(actions);
  expect(actions.filter((action) => models.iamAction(action) === undefined)).toEqual([]);
  // An entry that says what is so anyway would only hide a change of AWS.
  expect(actions).not.toEqual([`${services.get(service)?.iam}:${operation}`]);
});

test("nearly every operation has a known action; the list of those without only shrinks", () => {
  const without = models
    .services()
    .flatMap((service) =>
      models.operations(service).filter((name) => models.operation(service, name)?.iam.length === 0),
    );
  expect(without.length).toBeLessThanOrEqual(71);
});

test("AWS's classes of access", () => {
  expect(models.iamAction("s3:ListAllMyBuckets")).toEqual({ access: "List" });
  expect(models.iamAction("s3:GetBucketPolicy")).toEqual({ access: "Read" });
  expect(models.iamAction("s3:PutBucketVersioning")).toEqual({ access: "Write" });
  expect(models.iamAction("s3:PutBucketPolicy")).toEqual({ access: "Permissions management" });
  expect(models.iamAction("ec2:CreateTags")).toEqual({ access: "Tagging" });
  expect(models.iamActions("kms")).toContain("kms:Decrypt");
  expect(models.iamActions("s3").every((action) => action.startsWith("s3:"))).toBe(true);
});

test("no operation whose name says that it writes is held to be reading", () => {
  const writing =
    /^(Put|Create|Delete|Update|Modify|Set|Add|Remove|Attach|Detach|Associate|Disassociate|Enable|Disable|Tag|Untag|Send|Invoke|Run|Terminate|Reboot|Deliver|Detect|Start|Stop)/;
  const wrong = models
    .services()
    .flatMap((service) =>
      models.operations(service).filter((name) => writing.test(name) && models.operation(service, name)?.reads),
    );
  expect(wrong).toEqual([]);
});

test("an operation reads only where all its actions are known to read", () => {
  const actions = actionsOf({
    format: 1,
    actions: { x: { Read: "Get", Write: "Put" } },
    operations: {},
    secrets: {},
    acts: {},
  });
  expect(onlyReads(["x:Get"], actions)).toBe(true);
  expect(onlyReads(["x:Get", "x:Put"], actions)).toBe(false);
  expect(onlyReads(["x:Get", "x:Unknown"], actions)).toBe(false);
  expect(onlyReads([], actions)).toBe(false);
});
