import { expect, test } from "vitest";
import { DEFAULT_RATE, RATES, rateOf } from "../../src/aws/limits-table.ts";
import { services } from "../../src/aws/services.ts";

test("EC2 reads draw from the larger bucket only when paged or filtered, writes from a slow one", () => {
  expect(rateOf("ec2", "DescribeVpcs", true)).toMatchObject({ rate: 20, burst: 100 });
  expect(rateOf("ec2", "DescribeVpcs", false)).toMatchObject({ rate: 10, burst: 50 });
  expect(rateOf("ec2", "DescribeVpcs", false).bucket).not.toBe(rateOf("ec2", "DescribeVpcs", true).bucket);
  expect(rateOf("ec2", "ModifyInstanceAttribute", false)).toMatchObject({ rate: 5, burst: 50 });
});

test("a family shares one bucket, everything else has its own", () => {
  expect(rateOf("lambda", "GetPolicy", false)).toEqual(rateOf("lambda", "ListTags", false));
  expect(rateOf("lambda", "GetFunction", false).rate).toBe(100);
  expect(rateOf("lambda", "ListFunctions", false).bucket).not.toBe(rateOf("lambda", "GetPolicy", false).bucket);
  expect(rateOf("iam", "GetRole", false).bucket).not.toBe(rateOf("iam", "GetUser", false).bucket);
});

test("what the table does not know has a modest rate of its own", () => {
  expect(rateOf("backup", "ListBackupPlans", false)).toEqual({ bucket: "backup:ListBackupPlans", ...DEFAULT_RATE });
});

test("every rule is about a service that exists and can be reached", () => {
  for (const [index, rule] of RATES.entries()) {
    expect(services.has(rule.service), rule.service).toBe(true);
    const earlier = RATES.slice(0, index).find(
      (other) => other.service === rule.service && other.operations === undefined && other.paged === undefined,
    );
    expect(earlier, `rule ${index} stands behind one that takes everything`).toBeUndefined();
  }
});
