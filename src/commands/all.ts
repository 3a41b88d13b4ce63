import type { Command } from "./command.ts";

/** The verbs a user types. Each is loaded when it is run: `validate` shall not pay for what `apply` needs. */
export const COMMANDS = {
  validate: async (): Promise<Command> => (await import("./validate.ts")).validate,
  test: async (): Promise<Command> => (await import("./test.ts")).test,
  scan: async (): Promise<Command> => (await import("./scan.ts")).scan,
  plan: async (): Promise<Command> => (await import("./plan.ts")).plan,
  preview: async (): Promise<Command> => (await import("./preview.ts")).preview,
  report: async (): Promise<Command> => (await import("./report.ts")).report,
  apply: async (): Promise<Command> => (await import("./apply.ts")).apply,
  undo: async (): Promise<Command> => (await import("./undo.ts")).undo,
  comment: async (): Promise<Command> => (await import("./comment.ts")).comment,
  explain: async (): Promise<Command> => (await import("./explain.ts")).explain,
  roles: async (): Promise<Command> => (await import("./roles.ts")).roles,
  doctor: async (): Promise<Command> => (await import("./doctor.ts")).doctor,
  log: async (): Promise<Command> => (await import("./log.ts")).log,
} as const;

export type CommandName = keyof typeof COMMANDS;

export const commandNames: readonly CommandName[] = [
  "validate",
  "test",
  "scan",
  "plan",
  "preview",
  "report",
  "apply",
  "undo",
  "comment",
  "explain",
  "roles",
  "doctor",
  "log",
];

export function isCommandName(name: string): name is CommandName {
  return Object.hasOwn(COMMANDS, name);
}
