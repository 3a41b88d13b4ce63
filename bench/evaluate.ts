import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createModels } from "../src/aws/models/models.ts";
import { readCatalogueFiles } from "../src/catalogue/files.ts";
import { loadCatalogue } from "../src/catalogue/load.ts";
import { createCel } from "../src/cel/environment.ts";
import type { Bindings } from "../src/types/cel.ts";
import type { JsonObject } from "../src/types/json.ts";

const on = true;
/** Resources that pass, so that every term of the check is looked at. */
const RESOURCES: Readonly<Record<string, JsonObject>> = {
  s3_bucket_public_access_block: {
    PublicAccessBlock: { BlockPublicAcls: on, IgnorePublicAcls: on, BlockPublicPolicy: on, RestrictPublicBuckets: on },
    AccountPublicAccessBlock: {},
  },
  s3_bucket_versioning: { Versioning: { Status: "Enabled" } },
  ec2_sg_admin_ports_open: { IsEgress: false, IpProtocol: "tcp", FromPort: 22, ToPort: 22, CidrIpv4: "10.0.0.0/8" },
};
const SECONDS = 1;

/** How often a second a compiled check is evaluated, on one thread. */
export function evaluations(root: string): { readonly policy: string; readonly perSecond: number }[] {
  const models = createModels((file) => readFileSync(join(root, "generated", file), "utf8"));
  const { catalogue } = loadCatalogue(readCatalogueFiles(root, "", true), models, createCel());
  return Object.entries(RESOURCES).map(([id, resource]) => {
    const policy = catalogue.policies.get(id);
    if (policy === undefined) throw new Error(`there is no policy ${id}`);
    const params = Object.fromEntries(
      Object.entries(policy.file.params ?? {}).map(([name, { default: value }]) => [name, value ?? null]),
    );
    const bindings: Bindings = {
      resource: { json: resource },
      params: { json: params },
      now: { json: "2026-01-01T00:00:00.000Z" },
    };
    const result = policy.check.evaluate(bindings);
    if (result.kind !== "value" || result.value !== true) throw new Error(`${id}: ${JSON.stringify(result)}`);
    // A quarter of a second beforehand, so that the compiled code is measured and not its compiling.
    run(() => policy.check.evaluate(bindings), SECONDS / 4);
    return { policy: id, perSecond: run(() => policy.check.evaluate(bindings), SECONDS) / SECONDS };
  });
}

function run(work: () => void, seconds: number): number {
  const end = performance.now() + seconds * 1000;
  let count = 0;
  while (performance.now() < end) {
    for (let batch = 0; batch < 1000; batch += 1) work();
    count += 1000;
  }
  return count;
}
