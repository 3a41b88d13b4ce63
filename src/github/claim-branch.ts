import type { ClaimStore } from "../apply/claim.ts";
import { beginBranch, blobSha, putFile } from "./branch-file.ts";
import type { GitHub } from "./client.ts";
import { GitHubError } from "./errors.ts";
import { readText } from "./git.ts";

const PATH = "claim.json";
const TRIES = 5;
const BACKOFF = 300;

/**
 * The claim as a file on the journal's branch. A branch of its own would be made and deleted by every apply, which rules over branches may forbid, and
 * refs know no comparison; a file is replaced only where its blob is the one that is named. Errors: GitHubError.
 */
export function branchClaim(github: GitHub, branch: string): ClaimStore {
  const look: ClaimStore["look"] = async () => {
    const text = await readText(github, PATH, `refs/heads/${branch}`);
    return text === undefined ? undefined : { text, version: blobSha(text) };
  };
  return {
    place: `${PATH} on the branch ${branch}`,
    look,
    async swap(text, version) {
      for (let attempt = 1; ; attempt += 1) {
        try {
          await putFile(github, { branch, path: PATH, text, replaces: version, message: "Say which run applies" });
          return blobSha(text);
        } catch (error) {
          if (!(error instanceof GitHubError) || attempt === TRIES) throw error;
          if (error.kind === "not_found" && version === undefined && attempt === 1) {
            await beginBranch(github, branch, "claim");
            continue;
          }
          if (error.kind !== "conflict" && !error.maybeDone) throw error;
          const standing = await look();
          if (standing?.text === text) return standing.version;
          if (standing?.version !== version) return undefined;
          // Only the branch moved, by a run that writes something else.
          await github.clock.sleep(BACKOFF * attempt);
        }
      }
    },
  };
}
