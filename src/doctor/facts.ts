import type { RoleConfig } from "../types/catalogue.ts";

/** What doctor judges: the settings of a repository as `github/settings.ts` reads them, and what the program knows of itself. */

/** Something that was read, or why it could not be. `needs`: the permission that would let it be read. */
export type Known<T> =
  | { readonly known: true; readonly value: T }
  | { readonly known: false; readonly because: string; readonly needs: string };

/** One thing that protects a branch: classic branch protection, or one active ruleset. What several ask for adds up. */
export interface Protector {
  /** `branch protection`, or `ruleset "main"`. */
  readonly name: string;
  readonly pullRequest:
    | {
        readonly approvals: number;
        readonly codeOwners: boolean;
        readonly dismissStale: boolean;
        readonly lastPush: boolean;
      }
    | undefined;
  readonly noForcePush: boolean;
  readonly noDeletion: boolean;
  /** Required checks; `pinned` where only one app may report it. */
  readonly checks: readonly { readonly name: string; readonly pinned: boolean }[];
  /** Who it does not hold for, in words. */
  readonly bypass: Known<readonly string[]>;
}

export interface BranchFacts {
  readonly branch: string;
  readonly protectors: readonly Protector[];
  /** Protection that could not be read: what it asks for is not known. */
  readonly unread: readonly { readonly name: string; readonly because: string; readonly needs: string }[];
  /** GitHub's plan has no rules for branches of this repository: nobody could turn them on. */
  readonly notOffered?: boolean;
}

export interface EnvironmentFacts {
  readonly name: string;
  readonly adminsBypass: boolean | undefined;
  /** Names (or patterns) of what may deploy; `protected` for every protected branch, `all` where nothing restricts it. */
  readonly branches: Known<readonly { readonly name: string; readonly kind: "branch" | "tag" }[]> | "protected" | "all";
}

export interface WorkflowText {
  readonly path: string;
  readonly text: string;
}

export interface RepositoryFacts {
  /** `owner/name`. */
  readonly repository: string;
  readonly private: boolean;
  readonly branch: BranchFacts;
  /** Of the branch that holds the journal; left out where nobody asked for it. */
  readonly journal?: BranchFacts;
  /** The CODEOWNERS file that GitHub reads; undefined where there is none. */
  readonly codeOwners: Known<WorkflowText | undefined>;
  readonly actions: Known<{ readonly canApprove: boolean; readonly defaultWrite: boolean }>;
  /** Undefined where there is no such environment. */
  readonly environment: Known<EnvironmentFacts | undefined>;
  /** `total`: how many there are, where not all of them were read. */
  readonly workflows: Known<{ readonly files: readonly WorkflowText[]; readonly total: number }>;
}

/** Who the token speaks for, as far as it can be told without asking. */
export type TokenKind = "app" | "job" | "person";

export interface DoctorFacts {
  readonly settings: RepositoryFacts;
  /** Name of the environment whose role can write. */
  readonly environment: string;
  /** Where the configuration and the folders beside it stand in the repository: `""`, or `config/`. */
  readonly folder: string;
  readonly configFile: string;
  /** Where plans are merged, from the repository's root. */
  readonly planPath: string;
  /** Undefined where there is no configuration. */
  readonly roles: { readonly read: RoleConfig; readonly remediate: RoleConfig } | undefined;
  /** Where the journal is, if not on its branch. */
  readonly bucket: string | undefined;
  /** Problems that `evenkeel validate` finds. */
  readonly problems: number;
  readonly token: TokenKind;
  /** `process.versions.node`. */
  readonly node: string;
}
