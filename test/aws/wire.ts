import { afterAll, afterEach, beforeAll } from "vitest";
import type { Connection } from "../../src/aws/connect.ts";
import { type AwsWire, startAwsWire } from "../support/aws-wire/server.ts";
import { connectTo } from "./connection.ts";

/** The stand-in made from AWS's models, for all tests of a file, and connections to it that are closed after each test. */
export function useWire() {
  let started: AwsWire | undefined;
  const open: Connection[] = [];
  const wire = (): AwsWire => {
    if (started === undefined) throw new Error("the stand-in runs within tests only");
    return started;
  };
  beforeAll(async () => {
    started = await startAwsWire({ account: "999999999999" });
  });
  afterEach(() => {
    for (const connection of open.splice(0)) connection.close();
    wire().forget();
  });
  afterAll(() => wire().stop());
  return {
    get wire() {
      return wire();
    },
    connect() {
      const made = connectTo(wire().url);
      open.push(made.connection);
      return made;
    },
  };
}
