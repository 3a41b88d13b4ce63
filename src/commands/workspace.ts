import { readFileSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { createModels } from "../aws/models/models.ts";
import { regionsOf } from "../aws/partition.ts";
import type { CompiledCatalogue, EffectivePolicy } from "../catalogue/compiled.ts";
import { loadConfig } from "../catalogue/config.ts";
import { loadExceptions } from "../catalogue/exceptions.ts";
import { type CatalogueFile, type ExceptionFile, readCatalogueFiles, readExceptionFiles } from "../catalogue/files.ts";
import { type Loaded, loadCatalogue } from "../catalogue/load.ts";
import { sourceReader } from "../catalogue/parsed.ts";
import { selectPolicies } from "../catalogue/selection.ts";
import { createCel } from "../cel/environment.ts";
import { type Problem, UsageError, UserError } from "../errors.ts";
import { nearest } from "../text/nearest.ts";
import type { Config } from "../types/catalogue.ts";
import type { CelEnvironment } from "../types/cel.ts";
import type { Exception } from "../types/exception.ts";
import type { Home, Io } from "../types/io.ts";
import type { Models } from "../types/operation.ts";

export const CONFIG_NAME = "evenkeel.yaml";

export interface Workspace {
  readonly models: Models;
  readonly cel: CelEnvironment;
  readonly loaded: Loaded;
  readonly catalogue: CompiledCatalogue;
  /** Undefined where there is no configuration file. */
  readonly config: Config | undefined;
  readonly configFile: string;
  readonly policies: readonly EffectivePolicy[];
  /** From `exceptions/` beside the configuration, sorted by file and line; expired ones too. */
  readonly exceptions: readonly Exception[];
  /** Of the catalogue, the configuration and the exceptions. */
  readonly problems: readonly Problem[];
  /** Names of the files that ship with Evenkeel. */
  readonly builtin: ReadonlySet<string>;
  /** The texts that were read, by the name problems use, for showing a line. */
  readonly texts: ReadonlyMap<string, string>;
}

/** The user's own files as texts, wherever they came from: a folder, or a commit that was never checked out. */
export interface OwnFiles {
  readonly files: readonly CatalogueFile[];
  /** As problems show it. */
  readonly configFile: string;
  /** Undefined where there is no configuration file. */
  readonly config: string | undefined;
  /** The files below `exceptions/`, and the time (ISO 8601) by which their dates are judged; none where it is left out. */
  readonly exceptions?: { readonly files: readonly ExceptionFile[]; readonly now: string };
}

/** Reads the catalogue that ships with Evenkeel, the user's own beside the configuration, and the configuration. Throws on nothing in them. */
export function openWorkspace(home: Home, io: Io, configPath: string | undefined): Workspace {
  const path = resolve(io.cwd, configPath ?? CONFIG_NAME);
  const folder = dirname(path);
  const shown = relative(io.cwd, path) || basename(path);
  const config = readText(path);
  if (config === undefined && configPath !== undefined) throw new UsageError(`there is no configuration file ${shown}`);
  const files =
    resolve(folder) === resolve(home.root) ? [] : readCatalogueFiles(folder, relative(io.cwd, folder), false);
  const exceptions = {
    files: readExceptionFiles(folder, relative(io.cwd, folder)),
    now: new Date(io.clock.now()).toISOString(),
  };
  return loadWorkspace(home, { files, configFile: shown, config, exceptions });
}

/** The same over texts. Of the disk it reads only what ships with Evenkeel. */
export function loadWorkspace(home: Home, own: OwnFiles): Workspace {
  const models = createModels((file) => readText(join(home.data, file)));
  const cel = createCel();
  const files: CatalogueFile[] = [...readCatalogueFiles(home.root, "builtin", true), ...own.files];
  const parsed = readText(join(home.data, "catalogue.json"));
  const loaded = loadCatalogue(files, models, cel, parsed === undefined ? undefined : sourceReader(JSON.parse(parsed)));
  const builtin = new Set(files.filter((one) => one.builtin).map(({ file }) => file));
  const texts = new Map(files.map(({ file, text }) => [file, text]));
  const problems: Problem[] = [...loaded.problems];
  const { configFile, config: text } = own;
  let config: Config | undefined;
  let policies: readonly EffectivePolicy[] = [];
  if (text !== undefined) {
    texts.set(configFile, text);
    const broken = new Set(loaded.brokenPolicies);
    const read = loadConfig(configFile, text, loaded.catalogue, broken);
    problems.push(...read.problems);
    config = read.config;
    if (config !== undefined && read.source !== undefined && read.problems.length === 0) {
      const selection = selectPolicies(config, read.source, loaded.catalogue, cel);
      problems.push(...selection.problems);
      policies = selection.policies;
    }
  }
  for (const one of own.exceptions?.files ?? []) texts.set(one.file, one.text);
  const excepted = loadExceptions({
    files: own.exceptions?.files ?? [],
    catalogue: loaded.catalogue,
    brokenPolicies: loaded.brokenPolicies,
    accounts: config?.accounts.map(({ id }) => id),
    now: own.exceptions?.now ?? "",
  });
  problems.push(...excepted.problems);
  return {
    models,
    cel,
    loaded,
    catalogue: loaded.catalogue,
    config,
    configFile,
    policies,
    exceptions: excepted.exceptions,
    problems,
    texts,
    builtin,
  };
}

export interface Choice {
  readonly accounts?: readonly string[];
  readonly regions?: readonly string[];
  readonly policies?: readonly string[];
}

/** A workspace that may be run: without problems, with a configuration, narrowed to what the user chose. */
export interface Ready {
  readonly workspace: Workspace;
  readonly config: Config;
  readonly policies: readonly EffectivePolicy[];
}

export function readyWorkspace(workspace: Workspace, choice: Choice): Ready {
  if (workspace.problems.length > 0) throw new UserError(workspace.problems);
  const { config } = workspace;
  if (config === undefined) {
    throw new UsageError(
      `there is no ${workspace.configFile}; the README's quick start has one to copy, or name it with --config`,
    );
  }
  const ids = config.accounts.map(({ id }) => id);
  const names = config.accounts.map(({ name }) => name);
  for (const wanted of choice.accounts ?? []) {
    if (!ids.includes(wanted) && !names.includes(wanted)) {
      throw new UsageError(`no account ${wanted} in ${workspace.configFile}${didYouMean(wanted, [...ids, ...names])}`);
    }
  }
  const known = [...new Set(workspace.policies.map(({ policy }) => policy.file.id))];
  for (const wanted of choice.policies ?? []) {
    if (!known.some((id) => matchesName(wanted, id))) {
      throw new UsageError(`no policy ${wanted} runs by ${workspace.configFile}${didYouMean(wanted, known)}`);
    }
  }
  const accounts = config.accounts.filter(({ id, name }) => {
    return choice.accounts === undefined || choice.accounts.includes(id) || choice.accounts.includes(name);
  });
  const regions = [...regionsOf(config.partition), ...(config.regions === "enabled" ? [] : config.regions)];
  for (const wanted of choice.regions ?? []) {
    if (regions.includes(wanted)) continue;
    const near = didYouMean(wanted, regions);
    const newer = "; one that is newer than this version is taken once `regions` of the configuration names it";
    throw new UsageError(`no region ${wanted} in partition ${config.partition}${near === "" ? newer : near}`);
  }
  const narrowed: Config = {
    ...config,
    accounts,
    ...(choice.regions === undefined ? {} : { regions: choice.regions }),
  };
  const policies = workspace.policies.filter(({ policy, account }) => {
    if (!accounts.some(({ id }) => id === account.id)) return false;
    return choice.policies === undefined || choice.policies.some((wanted) => matchesName(wanted, policy.file.id));
  });
  return { workspace, config: narrowed, policies };
}

/** `s3_bucket_versioning`, or `s3_*`. */
export function matchesName(wanted: string, id: string): boolean {
  return wanted.endsWith("*") ? id.startsWith(wanted.slice(0, -1)) : wanted === id;
}

/** ` (did you mean …?)`, or nothing. */
export function didYouMean(wanted: string, known: readonly string[]): string {
  const near = nearest(wanted, known);
  return near === undefined ? "" : ` (did you mean ${near}?)`;
}

export function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR"))
      return undefined;
    if (error instanceof Error && "code" in error && error.code === "EISDIR")
      throw new UsageError(`${path} is a folder; a file is expected`);
    throw error;
  }
}
