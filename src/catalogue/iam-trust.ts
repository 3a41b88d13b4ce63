/** Who may assume a role, and what they must bring. */
export interface TrustOptions {
  /** ARNs of the principals that call (the workflow's own role), or twelve digits for a whole account. */
  readonly principal: string | readonly string[];
  readonly externalId?: string | undefined;
  readonly partition: string;
  /** Sessions carry tags: which run, which plan. */
  readonly tagSession?: boolean;
  /** Sessions carry a SourceIdentity, which stays in CloudTrail through every further role. */
  readonly sourceIdentity?: boolean;
}

export interface TrustStatement {
  readonly Sid: string;
  readonly Effect: "Allow";
  readonly Principal: { readonly AWS: string | readonly string[] };
  readonly Action: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

export interface TrustDocument {
  readonly Version: "2012-10-17";
  readonly Statement: readonly TrustStatement[];
}

/**
 * The trust policy of either role. Tagging and naming the source stand in a statement of their own: `sts:ExternalId` is a condition key of
 * AssumeRole only, so a condition on it would refuse them (Service Authorization Reference, STS). On their own they let nobody in.
 */
export function trustPolicy(options: TrustOptions): TrustDocument {
  const principals = (typeof options.principal === "string" ? [options.principal] : options.principal).map(
    (principal) => (/^[0-9]{12}$/.test(principal) ? `arn:${options.partition}:iam::${principal}:root` : principal),
  );
  const [only] = principals;
  const AWS = principals.length === 1 && only !== undefined ? only : principals;
  const naming = [
    ...(options.sourceIdentity === true ? ["sts:SetSourceIdentity"] : []),
    ...(options.tagSession === true ? ["sts:TagSession"] : []),
  ];
  return {
    Version: "2012-10-17",
    Statement: [
      {
        Sid: "Assume",
        Effect: "Allow",
        Principal: { AWS },
        Action: "sts:AssumeRole",
        ...(options.externalId === undefined
          ? {}
          : { Condition: { StringEquals: { "sts:ExternalId": options.externalId } } }),
      },
      ...(naming.length === 0
        ? []
        : [{ Sid: "NameTheSession", Effect: "Allow" as const, Principal: { AWS }, Action: naming }]),
    ],
  };
}
