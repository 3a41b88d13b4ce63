import type { Case } from "./case.ts";
import { EC2_CASES } from "./cases-ec2.ts";
import { OTHER_CASES } from "./cases-rest.ts";
import { S3_CASES } from "./cases-s3.ts";

/** Every policy with a remediation, at least once, by the words that tell the case. Each runs in an account of its own. */
export const CASES: Readonly<Record<string, Case>> = { ...S3_CASES, ...EC2_CASES, ...OTHER_CASES };
