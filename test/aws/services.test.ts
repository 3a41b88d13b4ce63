import { expect, test } from "vitest";
import { services } from "../../src/aws/services.ts";
import { models } from "./models/known.ts";

test.each([...services])(
  "the SDK package of %s has the client and a command for each operation",
  async (name, service) => {
    const module = await service.load();
    expect(typeof Reflect.get(module, service.client)).toBe("function");
    expect(models.operations(name).filter((operation) => !(`${operation}Command` in module))).toEqual([]);
  },
);

test("global services have a home", () => {
  expect(services.get("iam")?.global).toEqual({
    aws: "us-east-1",
    "aws-cn": "cn-north-1",
    "aws-us-gov": "us-gov-west-1",
  });
  expect(services.get("s3")?.global).toBeUndefined();
});

test("services are sorted by name", () => {
  expect([...services.keys()]).toEqual([...services.keys()].sort());
});
