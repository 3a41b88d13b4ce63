import { Bug } from "../errors.ts";

/** GitHub's workflow commands (`::name property=value::message`), the way the runner reads them. */

/** A message: one line for the runner, with its line breaks as `%0A`. */
export function commandData(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

/** A property's value, which may hold neither `:` nor `,` as such. */
export function commandProperty(text: string): string {
  return commandData(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}

/** One command, without the line break at its end. Properties keep their order; empty ones are left out. */
export function command(name: string, properties: Readonly<Record<string, string | number>>, message: string): string {
  const given = Object.entries(properties).filter(([, value]) => value !== "");
  const shown = given.map(([key, value]) => `${key}=${commandProperty(String(value))}`).join(",");
  return `::${name}${shown === "" ? "" : ` ${shown}`}::${commandData(message)}`;
}

/**
 * Lines between which the runner reads no commands. `token` must be new and unguessable (32 or more letters and digits); a text that holds it
 * is refused, since it could switch commands on again.
 */
export function withoutCommands(text: string, token: string): string {
  if (!/^[A-Za-z0-9]{32,}$/.test(token))
    throw new Bug("the token of stop-commands must be 32 or more letters and digits");
  if (text.includes(token)) throw new Bug("the text holds the token that ends stop-commands");
  return `::stop-commands::${token}\n${text}${text.endsWith("\n") ? "" : "\n"}::${token}::\n`;
}
