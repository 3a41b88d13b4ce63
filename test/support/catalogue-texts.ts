/** A small catalogue of its own, as texts, for tests that edit one line of it. */
import type { CatalogueFile } from "../../src/catalogue/files.ts";
import { type Loaded, loadCatalogue } from "../../src/catalogue/load.ts";
import { problemText } from "../../src/errors.ts";
import { cel, models } from "../catalogue/demand-catalogue.ts";

export type Texts = Readonly<Record<string, string>>;

export const ACCOUNT_TYPE = "resources/account.yaml";
export const TYPE = "resources/thing.yaml";
export const REMEDIATION = "remediations/block.yaml";
export const POLICY = "policies/blocked.yaml";
export const PACK = "policies/packs/some.yaml";

/** Three fields by three calls, one shared; a bulk list; a field of the account's own. */
export const TEXTS: Texts = {
  [ACCOUNT_TYPE]: `type: x.account
title: Account
scope: global
id: account.id
arn: "'arn:' + partition + ':iam::' + account.id + ':root'"
identity: account.id
fields:
  Block:
    call: s3control:GetPublicAccessBlock
    with: { AccountId: "\${account.id}" }
    value: output.PublicAccessBlockConfiguration
    absent: [NoSuchPublicAccessBlockConfiguration]
`,
  [TYPE]: `type: x.thing
title: Thing
scope: global
list:
  call: s3:ListBuckets
  items: output.Buckets
lists:
  policies:
    call: iam:ListPolicies
    items: output.Policies
    key: item.PolicyName
id: item.Name
arn: "'arn:' + partition + ':s3:::' + item.Name"
identity: item.CreationDate
fields:
  Name: { value: item.Name }
  Region: { value: item.BucketRegion }
  Block:
    call: s3:GetPublicAccessBlock
    with: { Bucket: "\${id}", ExpectedBucketOwner: "\${account.id}" }
    value: output.PublicAccessBlockConfiguration
    absent: [NoSuchPublicAccessBlockConfiguration]
  Versioning:
    call: s3:GetBucketVersioning
    with: { Bucket: "\${id}" }
    value: output.Status
  MfaDelete:
    call: s3:GetBucketVersioning
    with: { Bucket: "\${id}" }
    value: output.MFADelete
  Policy:
    call: s3:GetBucketPolicy
    with: { Bucket: "\${id}" }
    value: output.Policy
    decode: json
    absent: [NoSuchBucketPolicy]
  Secret:
    call: s3:GetBucketLocation
    with: { Bucket: "\${id}" }
    value: output.LocationConstraint
    sensitive: true
  Policies: { from: policies, value: found }
tags:
  call: s3:GetBucketTagging
  with: { Bucket: "\${id}" }
  value: tagMap(output.TagSet)
  absent: [NoSuchTagSet]
account_fields:
  AccountBlock: { type: x.account, field: Block }
`,
  [REMEDIATION]: `id: x.block-thing
title: Block a thing
resource: x.thing
risk: disruptive
impact: Somebody may lose access.
cost: none
params:
  BlockPublicPolicy: { type: boolean, default: true }
refuse:
  - when: '"keep" in resource.Tags'
    because: It is to be kept.
changes:
  Block: |
    {
      "BlockPublicAcls": true,
      "BlockPublicPolicy": params.BlockPublicPolicy
    }
steps:
  - call: s3:PutPublicAccessBlock
    with: { Bucket: "\${id}", PublicAccessBlockConfiguration: "\${after.Block}" }
undo:
  - when: "!has(before.Block)"
    call: s3:DeletePublicAccessBlock
    with: { Bucket: "\${id}" }
  - when: has(before.Block)
    call: s3:PutPublicAccessBlock
    with: { Bucket: "\${id}", PublicAccessBlockConfiguration: "\${before.Block}" }
`,
  [POLICY]: `id: x_thing_blocked
title: Things are blocked
severity: high
resource: x.thing
check: |
  resource.Block.BlockPublicAcls &&
  resource.Block.BlockPublicPolicy == params.wanted
params:
  wanted: { type: boolean, default: true }
remediation: { id: x.block-thing }
`,
  [PACK]: `pack: some
title: Some
policies: [x_thing_blocked]
`,
};

const KINDS = { resources: "resourceType", remediations: "remediation", policies: "policy" } as const;

export function filesOf(texts: Texts): CatalogueFile[] {
  return Object.entries(texts).map(([file, text]) => {
    const folder = file.split("/")[0];
    if (folder !== "resources" && folder !== "remediations" && folder !== "policies") throw new Error(file);
    return { kind: file.startsWith("policies/packs/") ? "pack" : KINDS[folder], file, text, builtin: false };
  });
}

export function load(texts: Texts): Loaded {
  return loadCatalogue(filesOf(texts), models, cel);
}

/** Every problem as one line. */
export function problemsOf(texts: Texts): string[] {
  return load(texts).problems.map(problemText);
}

/** TEXTS with one text replaced once in one file; throws where it does not stand there. */
export function edit(file: string, from: string, to: string, texts: Texts = TEXTS): Texts {
  const text = texts[file] ?? "";
  if (!text.includes(from)) throw new Error(`${file} has no ${from}`);
  return { ...texts, [file]: text.replace(from, () => to) };
}

/** `file:line:column` of a text that stands once in one of the files. */
export function at(texts: Texts, file: string, needle: string, more = 0): string {
  const text = texts[file] ?? "";
  const offset = text.indexOf(needle);
  if (offset === -1 || text.indexOf(needle, offset + 1) !== -1) throw new Error(`\`${needle}\` must stand once`);
  const before = text.slice(0, offset + more).split("\n");
  return `${file}:${before.length}:${(before.at(-1) ?? "").length + 1}`;
}
