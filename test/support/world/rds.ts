import { CreateDBInstanceCommand, DescribeDBInstancesCommand, StopDBInstanceCommand } from "@aws-sdk/client-rds";
import type { Clients } from "./clients.ts";
import { blocked, type Expected, expected } from "./expected.ts";
import { HOSTILE_PLAIN } from "./hostile.ts";

export async function makeDatabase({ rds }: Clients, id: string, open: boolean, Engine = "postgres"): Promise<string> {
  await rds.send(
    new CreateDBInstanceCommand({
      DBInstanceIdentifier: id,
      DBInstanceClass: "db.t4g.micro",
      Engine,
      AllocatedStorage: 20,
      MasterUsername: "postgres",
      MasterUserPassword: "not-a-secret",
      PubliclyAccessible: open,
      Tags: [{ Key: "team", Value: HOSTILE_PLAIN }],
    }),
  );
  return id;
}

export async function isPublic({ rds }: Clients, id: string): Promise<boolean | undefined> {
  const { DBInstances } = await rds.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: id }));
  return DBInstances?.[0]?.PubliclyAccessible;
}

export async function seedDatabases(clients: Clients): Promise<Expected[]> {
  const open = await makeDatabase(clients, `orders-${clients.region}`, true);
  const closed = await makeDatabase(clients, `ledger-${clients.region}`, false);
  const stopped = await makeDatabase(clients, `archive-${clients.region}`, true);
  await clients.rds.send(new StopDBInstanceCommand({ DBInstanceIdentifier: stopped }));
  return [
    ...expected(clients, "rds_instance_public", { fail: [open], pass: [closed] }),
    blocked(clients, "rds_instance_public", stopped, "not available"),
  ];
}
