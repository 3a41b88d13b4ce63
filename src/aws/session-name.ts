import type { SessionIdentity } from "./options.ts";

/**
 * A text as AWS takes it for RoleSessionName and SourceIdentity: `[\w+=,.@-]{2,64}`. Other characters become `-`; what
 * is too long loses its middle, because run number and digest stand at the two ends.
 */
export function sessionName(text: string): string {
  const clean = text.replace(/[^A-Za-z0-9_+=,.@-]+/g, "-");
  const fit = clean.length > LONGEST ? `${clean.slice(0, 31)}..${clean.slice(-31)}` : clean;
  return fit.length < 2 ? `${fit || "-"}-` : fit;
}

const LONGEST = 64;

/** The members of AssumeRole's input that say which run calls. */
export function assumeRoleIdentity(identity: SessionIdentity): object {
  const tags = Object.entries(identity.tags ?? {}).map(([key, value]) => ({
    Key: tagText(key, 128),
    Value: tagText(value, 256),
  }));
  return {
    RoleSessionName: sessionName(identity.name),
    ...(identity.sourceIdentity === undefined ? {} : { SourceIdentity: sessionName(identity.sourceIdentity) }),
    ...(tags.length === 0 ? {} : { Tags: tags, TransitiveTagKeys: tags.map(({ Key }) => Key) }),
  };
}

/** `[\p{L}\p{Z}\p{N}_.:/=+\-@]`, with one kind of space. */
function tagText(text: string, longest: number): string {
  return text.replace(/[^\p{L}\p{N} _.:/=+\-@]+/gu, "-").slice(0, longest);
}
