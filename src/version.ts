/** The engine's version: in plan headers, user agents and `--version`. Kept equal to package.json by a test. */
export const VERSION = "0.1.0";
