import type { Failure } from "./classify.ts";
import type { CallPlace } from "./errors.ts";

/**
 * What would mend a failed call, in words that name the action, the role or the setting; undefined where only its
 * author can tell.
 */
export function remedyFor(
  failure: Failure,
  place: CallPlace & { readonly role: string; readonly iam: readonly string[] },
): string | undefined {
  const action = place.iam.length > 0 ? place.iam.join(" and ") : `${place.service}:${place.operation}`;
  switch (failure.kind) {
    case "denied": {
      // AWS's own words: "with an explicit deny in a service control policy", "… in an identity-based policy".
      const policy = /explicit deny in (an? [a-z -]{3,40}?policy)/i.exec(failure.detail)?.[1];
      if (policy !== undefined)
        return `an explicit deny in ${policy} forbids ${action} to role ${place.role}: allow it there`;
      return `allow ${action} in role ${place.role} of account ${place.account}`;
    }
    case "throttled":
      return `run again later: account ${place.account} has used up what AWS allows of ${place.service}:${place.operation} in ${place.region}`;
    case "expired":
      return "give the runner's credentials a longer life, or run fewer accounts in one job";
    case "credentials":
      if (failure.code === "CredentialsProviderError" || failure.code === "TokenProviderError") {
        return "give the job AWS credentials (aws-actions/configure-aws-credentials with `permissions: id-token: write`, or the AWS_* variables)";
      }
      if (failure.code === "RequestTimeTooSkewed" || failure.code === "RequestInTheFuture")
        return "set the clock of the runner";
      return `check that region ${place.region} is enabled in account ${place.account} and that the credentials belong to its partition`;
    case "network":
      return `check that the runner reaches the ${place.service} endpoint of ${place.region} (proxy, firewall, DNS), and that the service exists there`;
    default:
      return undefined;
  }
}
