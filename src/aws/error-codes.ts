import type { RemoteErrorKind } from "../types/aws.ts";

/**
 * What AWS's error codes mean for the caller. One code may mean different things in different services: `service:Code`
 * stands before `Code`. Names come from the SDK's own classification and the services' API references.
 */
const CODES: readonly (readonly [RemoteErrorKind, readonly string[]])[] = [
  [
    "throttled",
    [
      "BandwidthLimitExceeded",
      "EC2ThrottledException",
      "PriorRequestNotComplete",
      "ProvisionedThroughputExceededException",
      "RequestLimitExceeded",
      "RequestThrottled",
      "RequestThrottledException",
      "SlowDown",
      "ThrottledException",
      "Throttling",
      "ThrottlingException",
      "TooManyRequests",
      "TooManyRequestsException",
      // Elsewhere this name means a quota, which no waiting mends; DynamoDB means its control plane's concurrency.
      "dynamodb:LimitExceededException",
    ],
  ],
  ["expired", ["ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"]],
  // Not "expired", although a session may cause them: regions that are switched off answer so too, and assuming the
  // role again for each such call would only be a storm on STS.
  [
    "credentials",
    [
      "AuthFailure",
      "CredentialsProviderError",
      "IncompleteSignature",
      "InvalidAccessKeyId",
      "InvalidClientTokenId",
      "InvalidSignatureException",
      "InvalidToken",
      "MissingAuthenticationToken",
      "MissingAuthenticationTokenException",
      "NotSignedUp",
      "OptInRequired",
      "RegionDisabledException",
      "RequestInTheFuture",
      "RequestTimeTooSkewed",
      "SignatureDoesNotMatch",
      "SubscriptionRequiredException",
      "TokenProviderError",
      "UnrecognizedClientException",
    ],
  ],
  [
    "denied",
    [
      "AccessDenied",
      "AccessDeniedException",
      "AllAccessDisabled",
      "AuthorizationError",
      "AuthorizationErrorException",
      "Forbidden",
      "NotAuthorized",
      "NotAuthorizedException",
      "UnauthorizedException",
      "UnauthorizedOperation",
    ],
  ],
  [
    "server",
    [
      "DependencyTimeoutException",
      "InternalError",
      "InternalFailure",
      "InternalServerError",
      "InternalServerErrorException",
      "InternalServerException",
      "InternalServiceError",
      "InternalServiceException",
      "KMSInternalException",
      "ServerException",
      "ServiceException",
      "ServiceFailure",
      "ServiceUnavailable",
      "ServiceUnavailableException",
      "Unavailable",
    ],
  ],
  ["timeout", ["RequestTimeout", "RequestTimeoutException", "TimeoutError"]],
  ["unsupported", ["InvalidAction", "NotImplemented", "UnknownOperation", "UnknownOperationException"]],
  ["invalid", ["LimitExceeded", "LimitExceededException", "ValidationError", "ValidationException"]],
];

// For what has too many names to list, once the list above has not known the code.

const PATTERNS: readonly (readonly [RegExp, RemoteErrorKind])[] = [
  [/NotFound|NoSuch|NotExist|NonExist|Nonexistent/, "not_found"],
  [
    /Conflict|Already|Duplicate|InUse\b|InUseException|DependencyViolation|IncorrectState|Incorrect\w*State|InvalidState|Invalid\w+State|OperationAborted|Concurrent|PreconditionFailed|OperationInProgress/,
    "conflict",
  ],
];

const byCode = new Map(CODES.flatMap(([kind, codes]) => codes.map((code) => [code, kind] as const)));

/** What a code means by itself; undefined where only the HTTP status can tell. */
export function kindOfCode(service: string, code: string): RemoteErrorKind | undefined {
  const listed = byCode.get(`${service}:${code}`) ?? byCode.get(code);
  if (listed !== undefined) return listed;
  return PATTERNS.find(([pattern]) => pattern.test(code))?.[1];
}
