import { isIP } from "node:net";
import { EvaluationFault } from "../faults.ts";
import { textArgument } from "./arguments.ts";
import type { CelFunction } from "./register.ts";

/** An address range: the address as a number of `bits` bits, of which the first `prefix` count. A lone address is a range of one. */
export interface Range {
  readonly bits: 32 | 128;
  readonly address: bigint;
  readonly prefix: number;
}

/** The range that a text names, or undefined. Bits after the prefix are ignored, as AWS ignores them. IPv4-mapped IPv6 stays IPv6. */
export function parseRange(text: string): Range | undefined {
  const [, address = "", digits] = /^([^/%]+)(?:\/(\d{1,3}))?$/.exec(text.trim()) ?? [];
  const version = isIP(address);
  if (version === 0) return undefined;
  const bits = version === 4 ? 32 : 128;
  const prefix = digits === undefined ? bits : Number(digits);
  if (prefix > bits) return undefined;
  const value = version === 4 ? ipv4(address) : ipv6(address);
  const host = BigInt(bits - prefix);
  return { bits, address: (value >> host) << host, prefix };
}

function ipv4(text: string): bigint {
  return text.split(".").reduce((value, part) => (value << 8n) | BigInt(part), 0n);
}

function ipv6(text: string): bigint {
  // A dotted tail (::ffff:192.0.2.1) is two groups.
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text);
  const tail = ipv4(dotted?.[2] ?? "0.0.0.0");
  const groups = dotted === null ? text : `${dotted[1]}${(tail >> 16n).toString(16)}:${(tail & 0xffffn).toString(16)}`;
  const [head = "", rest] = groups.split("::");
  const left = head === "" ? [] : head.split(":");
  const right = rest === undefined || rest === "" ? [] : rest.split(":");
  const zeros = Array<string>(rest === undefined ? 0 : 8 - left.length - right.length).fill("0");
  return [...left, ...zeros, ...right].reduce((value, group) => (value << 16n) | BigInt(`0x${group}`), 0n);
}

/** Whether every address of `inner` is in `outer`. Ranges of different families never contain each other. */
export function rangeContains(outer: Range, inner: Range): boolean {
  if (outer.bits !== inner.bits || outer.prefix > inner.prefix) return false;
  const host = BigInt(outer.bits - outer.prefix);
  return outer.address >> host === inner.address >> host;
}

/**
 * Ranges that are never routed on the internet: RFC 1918, RFC 6598 (shared), loopback and link-local, and for IPv6 unique local (RFC 4193),
 * link-local and loopback.
 */
const PRIVATE = [
  "10.0.0.0/8",
  "172.16.0.0/12",
  "192.168.0.0/16",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "fc00::/7",
  "fe80::/10",
  "::1/128",
]
  .map(parseRange)
  .filter((range) => range !== undefined);

function range(value: unknown, of: string): Range {
  const found = parseRange(textArgument(value, of));
  if (found === undefined) throw new EvaluationFault(`${of} takes an address or a range such as 10.0.0.0/8`);
  return found;
}

export const cidrFunctions: readonly CelFunction[] = [
  {
    signature: "cidrContains(string, string): bool",
    description:
      "Whether the first range holds every address of the second (a range or an address). IPv4 and IPv6 never hold each other.",
    example: 'cidrContains("10.0.0.0/8", rule.CidrIp)',
    implementation: (outer, inner) => rangeContains(range(outer, "cidrContains()"), range(inner, "cidrContains()")),
  },
  {
    signature: "cidrPrefix(string): int",
    description: "The length of the range's prefix; of a lone address 32 or 128.",
    example: 'cidrPrefix("10.0.0.0/8") == 8',
    implementation: (text) => BigInt(range(text, "cidrPrefix()").prefix),
  },
  {
    signature: "isOpenCidr(string): bool",
    description:
      "Whether the range is the whole internet, IPv4 or IPv6, in any spelling (0.0.0.0/0, ::/0, 0:0:0:0:0:0:0:0/0). Any other text is not.",
    example: "resource.IpRanges.exists(r, isOpenCidr(r.CidrIp))",
    implementation: (text) => parseRange(textArgument(text, "isOpenCidr()"))?.prefix === 0,
  },
  {
    signature: "isPrivateCidr(string): bool",
    description:
      "Whether the whole range lies in address space that is never routed on the internet (RFC 1918, RFC 6598, RFC 4193, loopback, link-local).",
    example: 'isPrivateCidr("10.1.0.0/16")',
    implementation: (text) => {
      const inner = range(text, "isPrivateCidr()");
      return PRIVATE.some((outer) => rangeContains(outer, inner));
    },
  },
];
