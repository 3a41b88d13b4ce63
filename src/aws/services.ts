/** The AWS services that `call:` knows, and how the SDK client of each is had. */

/** Partitions whose global services have a known home. */
export type Partition = "aws" | "aws-cn" | "aws-us-gov";

/** The region a global service is called and signed in, by partition. Missing: the service does not exist there. */
export type Home = Readonly<Partial<Record<Partition, string>>>;

export interface Service {
  /** npm package of the SDK client. */
  readonly package: string;
  /** Name of the client class in that package; a command class is `<Operation>Command` beside it. */
  readonly client: string;
  /** What its IAM actions begin with. Several services may share one prefix. */
  readonly iam: string;
  /** Set where the service has one endpoint for all regions. */
  readonly global?: Home;
  /** Imports the package: the module namespace. Written out for each service, so that a bundler makes one lazy chunk of each. */
  readonly load: () => Promise<object>;
}

// Read off the endpoint rules inside the SDK packages (dist-es/endpoint/bdd.js).
const home: Home = { aws: "us-east-1", "aws-cn": "cn-northwest-1", "aws-us-gov": "us-gov-west-1" };
const iamHome: Home = { ...home, "aws-cn": "cn-north-1" };
const commercialHome: Home = { aws: "us-east-1", "aws-cn": "cn-northwest-1" };

const table = {
  "access-analyzer": {
    package: "@aws-sdk/client-accessanalyzer",
    client: "AccessAnalyzerClient",
    iam: "access-analyzer",
    load: () => import("@aws-sdk/client-accessanalyzer"),
  },
  account: {
    package: "@aws-sdk/client-account",
    client: "AccountClient",
    iam: "account",
    global: home,
    load: () => import("@aws-sdk/client-account"),
  },
  acm: { package: "@aws-sdk/client-acm", client: "ACMClient", iam: "acm", load: () => import("@aws-sdk/client-acm") },
  autoscaling: {
    package: "@aws-sdk/client-auto-scaling",
    client: "AutoScalingClient",
    iam: "autoscaling",
    load: () => import("@aws-sdk/client-auto-scaling"),
  },
  backup: {
    package: "@aws-sdk/client-backup",
    client: "BackupClient",
    iam: "backup",
    load: () => import("@aws-sdk/client-backup"),
  },
  cloudformation: {
    package: "@aws-sdk/client-cloudformation",
    client: "CloudFormationClient",
    iam: "cloudformation",
    load: () => import("@aws-sdk/client-cloudformation"),
  },
  cloudfront: {
    package: "@aws-sdk/client-cloudfront",
    client: "CloudFrontClient",
    iam: "cloudfront",
    global: commercialHome,
    load: () => import("@aws-sdk/client-cloudfront"),
  },
  cloudtrail: {
    package: "@aws-sdk/client-cloudtrail",
    client: "CloudTrailClient",
    iam: "cloudtrail",
    load: () => import("@aws-sdk/client-cloudtrail"),
  },
  cloudwatch: {
    package: "@aws-sdk/client-cloudwatch",
    client: "CloudWatchClient",
    iam: "cloudwatch",
    load: () => import("@aws-sdk/client-cloudwatch"),
  },
  config: {
    package: "@aws-sdk/client-config-service",
    client: "ConfigServiceClient",
    iam: "config",
    load: () => import("@aws-sdk/client-config-service"),
  },
  dynamodb: {
    package: "@aws-sdk/client-dynamodb",
    client: "DynamoDBClient",
    iam: "dynamodb",
    load: () => import("@aws-sdk/client-dynamodb"),
  },
  ec2: { package: "@aws-sdk/client-ec2", client: "EC2Client", iam: "ec2", load: () => import("@aws-sdk/client-ec2") },
  ecr: { package: "@aws-sdk/client-ecr", client: "ECRClient", iam: "ecr", load: () => import("@aws-sdk/client-ecr") },
  ecs: { package: "@aws-sdk/client-ecs", client: "ECSClient", iam: "ecs", load: () => import("@aws-sdk/client-ecs") },
  eks: { package: "@aws-sdk/client-eks", client: "EKSClient", iam: "eks", load: () => import("@aws-sdk/client-eks") },
  elasticache: {
    package: "@aws-sdk/client-elasticache",
    client: "ElastiCacheClient",
    iam: "elasticache",
    load: () => import("@aws-sdk/client-elasticache"),
  },
  elasticfilesystem: {
    package: "@aws-sdk/client-efs",
    client: "EFSClient",
    iam: "elasticfilesystem",
    load: () => import("@aws-sdk/client-efs"),
  },
  elb: {
    package: "@aws-sdk/client-elastic-load-balancing",
    client: "ElasticLoadBalancingClient",
    iam: "elasticloadbalancing",
    load: () => import("@aws-sdk/client-elastic-load-balancing"),
  },
  elbv2: {
    package: "@aws-sdk/client-elastic-load-balancing-v2",
    client: "ElasticLoadBalancingV2Client",
    iam: "elasticloadbalancing",
    load: () => import("@aws-sdk/client-elastic-load-balancing-v2"),
  },
  es: {
    package: "@aws-sdk/client-opensearch",
    client: "OpenSearchClient",
    iam: "es",
    load: () => import("@aws-sdk/client-opensearch"),
  },
  events: {
    package: "@aws-sdk/client-eventbridge",
    client: "EventBridgeClient",
    iam: "events",
    load: () => import("@aws-sdk/client-eventbridge"),
  },
  guardduty: {
    package: "@aws-sdk/client-guardduty",
    client: "GuardDutyClient",
    iam: "guardduty",
    load: () => import("@aws-sdk/client-guardduty"),
  },
  iam: {
    package: "@aws-sdk/client-iam",
    client: "IAMClient",
    iam: "iam",
    global: iamHome,
    load: () => import("@aws-sdk/client-iam"),
  },
  kms: { package: "@aws-sdk/client-kms", client: "KMSClient", iam: "kms", load: () => import("@aws-sdk/client-kms") },
  lambda: {
    package: "@aws-sdk/client-lambda",
    client: "LambdaClient",
    iam: "lambda",
    load: () => import("@aws-sdk/client-lambda"),
  },
  logs: {
    package: "@aws-sdk/client-cloudwatch-logs",
    client: "CloudWatchLogsClient",
    iam: "logs",
    load: () => import("@aws-sdk/client-cloudwatch-logs"),
  },
  organizations: {
    package: "@aws-sdk/client-organizations",
    client: "OrganizationsClient",
    iam: "organizations",
    global: home,
    load: () => import("@aws-sdk/client-organizations"),
  },
  rds: { package: "@aws-sdk/client-rds", client: "RDSClient", iam: "rds", load: () => import("@aws-sdk/client-rds") },
  redshift: {
    package: "@aws-sdk/client-redshift",
    client: "RedshiftClient",
    iam: "redshift",
    load: () => import("@aws-sdk/client-redshift"),
  },
  route53: {
    package: "@aws-sdk/client-route-53",
    client: "Route53Client",
    iam: "route53",
    global: home,
    load: () => import("@aws-sdk/client-route-53"),
  },
  s3: { package: "@aws-sdk/client-s3", client: "S3Client", iam: "s3", load: () => import("@aws-sdk/client-s3") },
  s3control: {
    package: "@aws-sdk/client-s3-control",
    client: "S3ControlClient",
    iam: "s3",
    load: () => import("@aws-sdk/client-s3-control"),
  },
  secretsmanager: {
    package: "@aws-sdk/client-secrets-manager",
    client: "SecretsManagerClient",
    iam: "secretsmanager",
    load: () => import("@aws-sdk/client-secrets-manager"),
  },
  securityhub: {
    package: "@aws-sdk/client-securityhub",
    client: "SecurityHubClient",
    iam: "securityhub",
    load: () => import("@aws-sdk/client-securityhub"),
  },
  sns: { package: "@aws-sdk/client-sns", client: "SNSClient", iam: "sns", load: () => import("@aws-sdk/client-sns") },
  sqs: { package: "@aws-sdk/client-sqs", client: "SQSClient", iam: "sqs", load: () => import("@aws-sdk/client-sqs") },
  ssm: { package: "@aws-sdk/client-ssm", client: "SSMClient", iam: "ssm", load: () => import("@aws-sdk/client-ssm") },
  sts: { package: "@aws-sdk/client-sts", client: "STSClient", iam: "sts", load: () => import("@aws-sdk/client-sts") },
  tag: {
    package: "@aws-sdk/client-resource-groups-tagging-api",
    client: "ResourceGroupsTaggingAPIClient",
    iam: "tag",
    load: () => import("@aws-sdk/client-resource-groups-tagging-api"),
  },
  wafv2: {
    package: "@aws-sdk/client-wafv2",
    client: "WAFV2Client",
    iam: "wafv2",
    load: () => import("@aws-sdk/client-wafv2"),
  },
} satisfies Record<string, Service>;

/** Name as `call:` writes it -> service. Sorted by name. */
export const services: ReadonlyMap<string, Service> = new Map<string, Service>(Object.entries(table));
