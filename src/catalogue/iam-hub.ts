import type { JournalPlace } from "../types/catalogue.ts";
import type { PolicyDocument, Statement } from "./iam.ts";

/**
 * What the role that the workflow runs as needs for a journal in a bucket. AWS itself then sees to it that nothing of the journal is ever written over:
 * a write without `If-None-Match` is refused. Only the claim is; nothing is deleted.
 * Source: docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes-enforce.html
 */
export function journalPolicy({ bucket, prefix }: JournalPlace, partition: string): PolicyDocument {
  const arn = `arn:${partition}:s3:::${bucket}`;
  const allow = (
    Sid: string,
    Action: string,
    Resource: readonly string[],
    Condition?: Statement["Condition"],
  ): Statement => ({
    Sid,
    Effect: "Allow",
    Action: [Action],
    Resource,
    ...(Condition === undefined ? {} : { Condition }),
  });
  return {
    Version: "2012-10-17",
    Statement: [
      // The whole bucket: narrowed to a prefix, AWS answers "denied" instead of "not there" when a claim is looked for that nobody has made yet.
      allow("JournalList", "s3:ListBucket", [arn]),
      allow("JournalRead", "s3:GetObject", [`${arn}/${prefix}*`]),
      allow("JournalAppend", "s3:PutObject", [`${arn}/${prefix}journal/*`, `${arn}/${prefix}rolled-up/*`], {
        Null: { "s3:if-none-match": ["false"] },
      }),
      allow("JournalClaim", "s3:PutObject", [`${arn}/${prefix}claim.json`]),
    ],
  };
}
