/** Security group rules, VPCs and their flow logs. */
import {
  AuthorizeSecurityGroupIngressCommand,
  CreateFlowLogsCommand,
  CreateSecurityGroupCommand,
  CreateVpcCommand,
  DescribeSecurityGroupRulesCommand,
  DescribeVpcsCommand,
  type IpPermission,
  type SecurityGroupRule,
  type TrafficType,
} from "@aws-sdk/client-ec2";
import type { Clients } from "./clients.ts";
import { type Tags, tagged } from "./ec2.ts";
import { type Expected, expected, given } from "./expected.ts";
import { HOSTILE, HOSTILE_RULE } from "./hostile.ts";

export async function rulesOf({ ec2 }: Clients, GroupId?: string): Promise<SecurityGroupRule[]> {
  const Filters = GroupId === undefined ? [] : [{ Name: "group-id", Values: [GroupId] }];
  return (
    (await ec2.send(new DescribeSecurityGroupRulesCommand(Filters.length === 0 ? {} : { Filters })))
      .SecurityGroupRules ?? []
  );
}

export async function makeGroup({ ec2 }: Clients, GroupName: string): Promise<string> {
  const Description = "made by tests";
  return given((await ec2.send(new CreateSecurityGroupCommand({ GroupName, Description }))).GroupId, "group");
}

/** One ingress rule; its ID is looked up, as moto's answer names only one of several. */
export async function makeRule(
  clients: Clients,
  GroupId: string,
  permission: IpPermission,
  tags?: Tags,
): Promise<string> {
  const before = new Set((await rulesOf(clients, GroupId)).map(({ SecurityGroupRuleId }) => SecurityGroupRuleId));
  const input = { GroupId, IpPermissions: [permission], ...tagged("security-group-rule", tags) };
  await clients.ec2.send(new AuthorizeSecurityGroupIngressCommand(input));
  const made = (await rulesOf(clients, GroupId)).find(({ SecurityGroupRuleId }) => !before.has(SecurityGroupRuleId));
  return given(made?.SecurityGroupRuleId, "rule");
}

export const port = (number: number, range: Pick<IpPermission, "IpRanges" | "Ipv6Ranges">): IpPermission => ({
  IpProtocol: "tcp",
  FromPort: number,
  ToPort: number,
  ...range,
});

export const ANYONE = { IpRanges: [{ CidrIp: "0.0.0.0/0" }] };
export const ANYONE_IPV6 = { Ipv6Ranges: [{ CidrIpv6: "::/0" }] };
export const INSIDE = { IpRanges: [{ CidrIp: "10.0.0.0/8" }] };

/** Rules of one group, and those that moto makes by itself with every region and group. */
export async function seedRules(clients: Clients): Promise<Expected[]> {
  const group = await makeGroup(clients, "bastion");
  const described = { IpRanges: [{ CidrIp: "0.0.0.0/0", Description: HOSTILE_RULE }] };
  const fail = [
    await makeRule(clients, group, port(22, described), { owner: HOSTILE }),
    await makeRule(clients, group, port(3389, ANYONE_IPV6)),
    await makeRule(clients, group, { IpProtocol: "-1", ...ANYONE }),
    await makeRule(clients, group, { IpProtocol: "tcp", FromPort: 0, ToPort: 65535, ...ANYONE_IPV6 }),
  ];
  await makeRule(clients, group, port(443, ANYONE));
  await makeRule(clients, group, port(22, INSIDE));
  const rules = await rulesOf(clients);
  const ids = (egress: boolean): string[] =>
    rules
      .filter(({ IsEgress }) => IsEgress === egress)
      .flatMap(({ SecurityGroupRuleId: id }) => (id === undefined || fail.includes(id) ? [] : [id]));
  return expected(clients, "ec2_sg_admin_ports_open", { fail, pass: ids(false), out_of_scope: ids(true) });
}

export async function makeVpc({ ec2 }: Clients, CidrBlock: string, tags?: Tags): Promise<string> {
  return given((await ec2.send(new CreateVpcCommand({ CidrBlock, ...tagged("vpc", tags) }))).Vpc?.VpcId, "VPC");
}

/** `bucket` has to exist in the account: moto looks. */
export async function makeFlowLog(
  { ec2 }: Clients,
  vpc: string,
  bucket: string,
  TrafficType: TrafficType,
): Promise<string> {
  const made = await ec2.send(
    new CreateFlowLogsCommand({
      ResourceType: "VPC",
      ResourceIds: [vpc],
      TrafficType,
      LogDestinationType: "s3",
      LogDestination: `arn:aws:s3:::${bucket}`,
    }),
  );
  return given(made.FlowLogIds?.[0], `flow log (${made.Unsuccessful?.[0]?.Error?.Message ?? "no reason"})`);
}

/** VPCs that record nothing, everything, and one half of the traffic; the region's default VPC records nothing. */
export async function seedVpcs(clients: Clients, bucket: string): Promise<Expected[]> {
  const [quiet, watched, half, rejected] = await Promise.all([
    makeVpc(clients, "10.10.0.0/16", { Name: HOSTILE }),
    makeVpc(clients, "10.11.0.0/16", { Name: "watched" }),
    makeVpc(clients, "10.12.0.0/16"),
    makeVpc(clients, "10.13.0.0/16"),
  ]);
  await Promise.all([
    makeFlowLog(clients, watched, bucket, "ALL"),
    makeFlowLog(clients, half, bucket, "ACCEPT"),
    makeFlowLog(clients, rejected, bucket, "REJECT"),
  ]);
  const { Vpcs } = await clients.ec2.send(new DescribeVpcsCommand({}));
  const own = new Set([quiet, watched, half, rejected]);
  const others = (Vpcs ?? []).flatMap(({ VpcId }) => (VpcId === undefined || own.has(VpcId) ? [] : [VpcId]));
  return expected(clients, "vpc_flow_logs", { fail: [quiet, half, ...others], pass: [watched, rejected] });
}
