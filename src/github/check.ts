import { createHash } from "node:crypto";
import { Bug } from "../errors.ts";
import { canonical, toJson } from "../json.ts";
import type { GitHub } from "./client.ts";
import { orAlready } from "./errors.ts";

export interface CheckAnnotation {
  /** Path in the repository. */
  readonly path: string;
  /** 1-based. */
  readonly line: number;
  readonly endLine?: number;
  readonly level: "notice" | "warning" | "failure";
  readonly title?: string;
  readonly message: string;
}

export interface Check {
  readonly sha: string;
  /** What rulesets require; the same for every run. */
  readonly name: string;
  readonly conclusion: "success" | "failure" | "neutral" | "action_required";
  readonly title: string;
  /** Markdown. */
  readonly summary: string;
  readonly annotations: readonly CheckAnnotation[];
}

export interface PublishedCheck {
  readonly id: number;
  readonly url: string;
  readonly action: "created" | "updated" | "unchanged";
}

/** GitHub takes 50 annotations with a request; each further request adds to them. */
const BATCH = 50;
const LONGEST_SUMMARY = 65_535;

/**
 * The check of this name on this commit. Of the same content it is left alone, or finished where a killed run left it half written; of other
 * content it is edited, or, where it holds annotations (GitHub takes none back), replaced by a newer one of its name. Only a GitHub App's
 * token or the job's own may. Errors: GitHubError.
 */
export async function publishCheck(github: GitHub, check: Check): Promise<PublishedCheck> {
  const characters = [...check.summary].length;
  if (characters > LONGEST_SUMMARY)
    throw new Bug(`a check's summary of ${characters} characters; ${LONGEST_SUMMARY} is the most`);
  const { here, rest } = github;
  const digest = createHash("sha256")
    .update(canonical(toJson(check)))
    .digest("hex");
  const known = await findCheck(github, check);
  const same = known?.digest === digest;
  if (known !== undefined && same && known.completed && known.written === check.annotations.length) {
    return { id: known.id, url: known.url, action: "unchanged" };
  }
  const reuse = known !== undefined && (same || known.written === 0) ? known : undefined;
  let written = reuse?.written ?? 0;
  const part = () => partOf(check, digest, written);
  if (reuse === undefined) {
    const made = await orAlready(
      async () => {
        const { data } = await rest.checks.create({ ...here, head_sha: check.sha, ...part() });
        return { id: data.id, url: data.html_url ?? "", written: data.output.annotations_count };
      },
      async () => {
        const found = await findCheck(github, check);
        return found?.digest === digest ? found : undefined;
      },
    );
    written = made.written;
    await finish(made.id);
    return { id: made.id, url: made.url, action: "created" };
  }
  await rest.checks.update({ ...here, check_run_id: reuse.id, ...part() });
  written += Math.min(BATCH, check.annotations.length - written);
  await finish(reuse.id);
  return { id: reuse.id, url: reuse.url, action: "updated" };

  async function finish(id: number): Promise<void> {
    for (; written < check.annotations.length; written += BATCH) {
      await rest.checks.update({ ...here, check_run_id: id, ...part() });
    }
  }
}

/** What one request says: the next batch, and the conclusion only with the last one, so that a half-written check never counts as passed. */
function partOf(check: Check, digest: string, written: number) {
  const batch = check.annotations.slice(written, written + BATCH);
  const last = written + batch.length === check.annotations.length;
  return {
    name: check.name,
    external_id: digest,
    ...(last ? { status: "completed" as const, conclusion: check.conclusion } : { status: "in_progress" as const }),
    output: {
      title: check.title,
      summary: check.summary,
      ...(batch.length === 0 ? {} : { annotations: batch.map(annotation) }),
    },
  };
}

function annotation({ path, line, endLine, level, title, message }: CheckAnnotation) {
  return {
    path,
    start_line: line,
    end_line: Math.max(line, endLine ?? line),
    annotation_level: level,
    message,
    ...(title === undefined ? {} : { title }),
  };
}

async function findCheck(github: GitHub, check: Check) {
  const isOurs = await github.me();
  const { data } = await github.rest.checks.listForRef({
    ...github.here,
    ref: check.sha,
    check_name: check.name,
    filter: "latest",
    per_page: 100,
  });
  // A check names the app that made it, which may write as the bot of that name.
  const found = data.check_runs.find(({ app }) => isOurs({ login: `${app?.slug ?? ""}[bot]`, type: "Bot" }));
  if (found === undefined) return undefined;
  return {
    id: found.id,
    url: found.html_url ?? "",
    digest: found.external_id ?? "",
    completed: found.status === "completed",
    written: found.output.annotations_count,
  };
}
