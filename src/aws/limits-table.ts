/**
 * How fast AWS lets itself be asked: starting values, corrected at run time by what AWS answers. First match wins.
 * Sources: `[D]` AWS documentation, `[S]` steampipe's limiters, `[I]` issues of Cloud Custodian; none: a guess that has
 * to prove itself.
 */
export interface RateRule {
  readonly service: string;
  /** Names of operations, or beginnings of names followed by `*`. Undefined: all of them. */
  readonly operations?: readonly string[];
  /** Only calls that are (true) or are not (false) paged or filtered. */
  readonly paged?: boolean;
  /** All operations of the rule draw from one bucket; otherwise each has its own. */
  readonly shared?: true;
  /** Tokens a second. */
  readonly rate: number;
  /** Tokens that a rested bucket holds. */
  readonly burst: number;
}

const EC2_READS = ["Describe*", "Get*", "List*", "Search*"];

export const RATES: readonly RateRule[] = [
  { service: "ec2", operations: EC2_READS, paged: true, rate: 20, burst: 100 }, // [D]
  { service: "ec2", operations: EC2_READS, paged: false, rate: 10, burst: 50 }, // [D]
  { service: "ec2", rate: 5, burst: 50 }, // [D]
  { service: "sts", operations: ["AssumeRole"], rate: 600, burst: 600 }, // [D]
  { service: "sts", rate: 100, burst: 100 },
  { service: "iam", operations: ["GetPolicy", "GetPolicyVersion"], rate: 35, burst: 35 }, // [S]
  { service: "iam", operations: ["ListEntitiesForPolicy"], rate: 40, burst: 40 }, // [S]
  { service: "iam", rate: 15, burst: 15 }, // [S]
  { service: "lambda", operations: ["GetFunction"], rate: 100, burst: 100 }, // [D] [S]
  { service: "lambda", operations: ["ListFunctions", "GetFunctionUrlConfig"], shared: true, rate: 10, burst: 10 }, // [S]
  { service: "lambda", shared: true, rate: 15, burst: 15 }, // [D] [S]
  { service: "kms", operations: ["DescribeKey"], rate: 2000, burst: 2000 }, // [D]
  { service: "kms", operations: ["GetKeyRotationStatus", "GetKeyPolicy"], rate: 1000, burst: 1000 }, // [D]
  { service: "kms", operations: ["ListKeys", "ListAliases"], rate: 500, burst: 500 }, // [D]
  { service: "kms", operations: ["List*", "Get*"], rate: 100, burst: 100 },
  { service: "kms", rate: 15, burst: 15 }, // [D]
  { service: "cloudfront", shared: true, rate: 5, burst: 10 }, // [S]
  { service: "route53", shared: true, rate: 5, burst: 10 }, // [D] [S]
  { service: "wafv2", shared: true, rate: 5, burst: 10 }, // [S]
  { service: "securityhub", operations: ["BatchImportFindings"], rate: 10, burst: 30 }, // [I]
  { service: "logs", operations: ["DescribeLogGroups"], rate: 10, burst: 10 }, // [D]
  { service: "logs", operations: ["DescribeLogStreams"], rate: 5, burst: 5 }, // [D]
  { service: "organizations", rate: 5, burst: 10 }, // [D]
  // The journal's objects. AWS promises 5,500 a second for each prefix.
  { service: "s3", operations: ["GetObject", "ListObjectsV2"], rate: 1000, burst: 1000 }, // [D]
  { service: "s3", operations: ["Get*", "Head*", "List*"], rate: 100, burst: 100 }, // [I]
];

/** For everything the table does not speak of. */
export const DEFAULT_RATE = { rate: 20, burst: 50 } as const;

export interface Rate {
  /** Names the bucket within an account and region. */
  readonly bucket: string;
  readonly rate: number;
  readonly burst: number;
}

/** `paged`: the call is a page of several, or is narrowed by filters. */
export function rateOf(service: string, operation: string, paged: boolean): Rate {
  for (const [index, rule] of RATES.entries()) {
    if (rule.service !== service) continue;
    if (rule.paged !== undefined && rule.paged !== paged) continue;
    if (rule.operations !== undefined && !rule.operations.some((pattern) => matches(pattern, operation))) continue;
    const own = rule.paged === false ? `${operation} whole` : operation;
    return { bucket: `${service}:${rule.shared ? `shared ${index}` : own}`, rate: rule.rate, burst: rule.burst };
  }
  return { bucket: `${service}:${operation}`, ...DEFAULT_RATE };
}

const matches = (pattern: string, name: string): boolean =>
  pattern.endsWith("*") ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
