/** Which addresses a node may connect to. Pure: decides by the value of the address alone. */
import type { AddressPolicy, AddressRule } from '../../kernel/fetcher.ts'

/** An address as 128 bits; IPv4 is the mapped form `::ffff:a.b.c.d`, so that both spellings are one value. */
type Bits = bigint

interface Block {
  readonly first: Bits
  /** How many leading bits of 128 are fixed. */
  readonly length: number
  readonly rule: AddressRule
}

const DECIMAL = /^(?:0|[1-9]\d{0,2})$/ // no leading zero: some readers take it for octal

/**
 * IANA special-purpose registries for IPv4 and IPv6 (RFC 6890), and the addresses at which clouds hand their own
 * secrets to the machines they host. The first block that holds an address decides.
 */
const BLOCKS: readonly Block[] = (
  [
    ['100.100.100.200/32', 'metadata'], // Alibaba Cloud
    ['168.63.129.16/32', 'metadata'], // Azure, inside a public block
    ['169.254.0.0/16', 'linkLocal'], // 169.254.169.254 of most clouds
    ['0.0.0.0/8', 'unspecified'],
    ['10.0.0.0/8', 'private'],
    ['100.64.0.0/10', 'shared'],
    ['127.0.0.0/8', 'loopback'],
    ['172.16.0.0/12', 'private'],
    ['192.0.0.0/24', 'reserved'],
    ['192.0.2.0/24', 'documentation'],
    ['192.88.99.0/24', 'reserved'],
    ['192.168.0.0/16', 'private'],
    ['198.18.0.0/15', 'reserved'],
    ['198.51.100.0/24', 'documentation'],
    ['203.0.113.0/24', 'documentation'],
    ['224.0.0.0/4', 'multicast'],
    ['240.0.0.0/4', 'reserved'],
    ['::/128', 'unspecified'],
    ['::1/128', 'loopback'],
    ['fd00:ec2::/32', 'metadata'], // Amazon
    ['fd20:ce::/32', 'metadata'], // Google
    ['fc00::/7', 'private'],
    ['fe80::/10', 'linkLocal'],
    ['ff00::/8', 'multicast'],
    ['2001::/23', 'reserved'], // Teredo, ORCHID, benchmarking
    ['2001:db8::/32', 'documentation'],
    ['3fff::/20', 'documentation'],
    ['3ffe::/16', 'reserved'], // 6bone, returned
  ] as const
).map(([block, rule]) => readBlock(block, rule))

/** IPv6 forms that carry an IPv4 address, and where in the 128 bits it ends. */
const CARRIERS = [
  { ...readBlock('2002::/16', 'reserved'), shift: 80n }, // 6to4, RFC 3056
  { ...readBlock('64:ff9b::/96', 'reserved'), shift: 0n }, // NAT64, RFC 6052
]

const MAPPED = readBlock('::ffff:0:0/96', 'reserved')
const UNICAST = readBlock('2000::/3', 'reserved') // all that IANA has given out for global use

const ALLOWED_IN_PRIVATE: ReadonlySet<AddressRule> = new Set(['loopback', 'private', 'shared'])

/**
 * The rule by which `policy` refuses an address, or `undefined` where it may be reached. Takes an address as a
 * resolver or a URL parser writes it; anything else, a zone id among it, is `unreadable`.
 */
export function refusalOf(address: string, policy: AddressPolicy): AddressRule | undefined {
  const rule = ruleOf(address)
  if (rule === undefined || (policy === 'private' && ALLOWED_IN_PRIVATE.has(rule))) return undefined
  return rule
}

/** The special block that an address lies in; `undefined` for an address of the public Internet. */
export function ruleOf(address: string): AddressRule | undefined {
  const bits = readAddress(address)
  return bits === undefined ? 'unreadable' : ruleOfBits(bits)
}

function ruleOfBits(bits: Bits): AddressRule | undefined {
  const block = BLOCKS.find((candidate) => isWithin(bits, candidate))
  if (block) return block.rule
  if (isWithin(bits, MAPPED)) return undefined
  const carrier = CARRIERS.find((candidate) => isWithin(bits, candidate))
  if (carrier) return ruleOfBits(MAPPED.first | ((bits >> carrier.shift) & 0xffff_ffffn))
  return isWithin(bits, UNICAST) ? undefined : 'reserved'
}

function isWithin(bits: Bits, { first, length }: Block): boolean {
  const shift = BigInt(128 - length)
  return bits >> shift === first >> shift
}

function readBlock(block: string, rule: AddressRule): Block {
  const [address = '', length = ''] = block.split('/')
  const first = readAddress(address)
  if (first === undefined) throw new RangeError(`not an address block: ${block}`)
  return { first, length: Number(length) + (address.includes(':') ? 0 : 96), rule }
}

/** The value of a dotted IPv4 or an IPv6 address; `undefined` where the text is neither. */
export function readAddress(text: string): bigint | undefined {
  if (!text.includes(':')) {
    const bits = readDotted(text)
    return bits === undefined ? undefined : 0xffff_0000_0000n | bits
  }
  const groups = readGroups(text)
  return groups?.reduce((bits, group) => (bits << 16n) | BigInt(group), 0n)
}

function readDotted(text: string): bigint | undefined {
  const parts = text.split('.')
  if (parts.length !== 4 || !parts.every((part) => DECIMAL.test(part) && Number(part) < 256)) return undefined
  return parts.reduce((bits, part) => (bits << 8n) | BigInt(part), 0n)
}

function readGroups(text: string): readonly number[] | undefined {
  const halves = withoutDots(text)?.split('::')
  if (halves === undefined || halves.length > 2) return undefined
  const [left = [], right = []] = halves.map((half) => (half === '' ? [] : half.split(':')))
  const missing = 8 - left.length - right.length
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined
  const groups = [...left, ...Array<string>(missing).fill('0'), ...right]
  if (!groups.every((group) => /^[\da-f]{1,4}$/i.test(group))) return undefined
  return groups.map((group) => Number.parseInt(group, 16))
}

/** Writes the dotted tail that IPv6 allows (`::ffff:10.0.0.1`) as two groups. */
function withoutDots(text: string): string | undefined {
  const [, head, tail] = /^(.*:)([\d.]+\.[\d.]+)$/.exec(text) ?? []
  if (head === undefined || tail === undefined) return text
  const bits = readDotted(tail)
  return bits === undefined
    ? undefined
    : `${head}${(bits >> 16n).toString(16)}:${(bits & 0xffffn).toString(16)}`
}
