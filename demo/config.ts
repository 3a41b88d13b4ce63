/** The configuration a user would write, for the three accounts of the demo. */
export const HUB = "999999999999";
export const ACCOUNTS = { prod: "111111111111", dev: "222222222222", test: "333333333333" } as const;
export const REGIONS = ["us-east-1", "eu-west-1"] as const;

export const CONFIG = `# evenkeel.yaml
version: 1
accounts:
  - { id: "${ACCOUNTS.prod}", name: payments-prod, labels: { stage: prod, team: payments } }
  - { id: "${ACCOUNTS.dev}", name: payments-dev, labels: { stage: dev, team: payments } }
  - { id: "${ACCOUNTS.test}", name: payments-test, labels: { stage: test, team: payments } }
regions: [${REGIONS.join(", ")}]
roles:
  read: { name: evenkeel-read, external_id: demo-read }
  remediate: { name: evenkeel-remediate, external_id: demo-remediate }
policies:
  - pack: essentials
  - use: vpc_flow_logs
    mode: approve
    remediation_params: { destination_bucket_arn: "arn:aws:s3:::flow-logs-\${account.id}" }
  # What an emulator makes is new, so "old" means any age here.
  - { use: iam_access_key_unused, params: { max_days: 0 }, where: { stage: dev } }
  - { use: ebs_volume_unattached, params: { min_age_days: 0 }, allow_destructive: true, where: { stage: [dev, test] } }
  - use: s3_bucket_versioning
    mode: report                # left as it is on purpose: the plan after the fixes still shows it
    where: { stage: prod }
guards: { per_policy: 40, per_account: 60, per_run: 150, percent: 100 }
`;
