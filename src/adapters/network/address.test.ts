import { isIPv4, isIPv6 } from 'node:net'

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { readAddress, refusalOf, ruleOf } from './address.ts'

const TABLE = [
  ['127.0.0.1', 'loopback'],
  ['127.255.255.254', 'loopback'],
  ['::1', 'loopback'],
  ['0:0:0:0:0:0:0:1', 'loopback'],
  ['10.0.0.1', 'private'],
  ['172.16.0.1', 'private'],
  ['172.31.255.255', 'private'],
  ['192.168.1.1', 'private'],
  ['fc00::1', 'private'],
  ['fdff:ffff::1', 'private'],
  ['100.64.0.1', 'shared'],
  ['100.127.255.255', 'shared'],
  ['169.254.169.254', 'linkLocal'],
  ['169.254.0.1', 'linkLocal'],
  ['fe80::1', 'linkLocal'],
  ['febf::1', 'linkLocal'],
  ['fd00:ec2::254', 'metadata'],
  ['fd20:ce::254', 'metadata'],
  ['100.100.100.200', 'metadata'],
  ['168.63.129.16', 'metadata'],
  ['224.0.0.1', 'multicast'],
  ['239.255.255.255', 'multicast'],
  ['ff02::1', 'multicast'],
  ['0.0.0.0', 'unspecified'],
  ['0.1.2.3', 'unspecified'],
  ['::', 'unspecified'],
  ['192.0.2.1', 'documentation'],
  ['198.51.100.1', 'documentation'],
  ['203.0.113.1', 'documentation'],
  ['2001:db8::1', 'documentation'],
  ['3fff::1', 'documentation'],
  ['192.0.0.192', 'reserved'],
  ['192.88.99.1', 'reserved'],
  ['198.18.0.1', 'reserved'],
  ['240.0.0.1', 'reserved'],
  ['255.255.255.255', 'reserved'],
  ['fec0::1', 'reserved'],
  ['100::1', 'reserved'],
  ['2001::1', 'reserved'],
  ['64:ff9b:1::a00:1', 'reserved'],
  ['::7f00:1', 'reserved'],
  ['::ffff:0:127.0.0.1', 'reserved'],
  ['5f00::1', 'reserved'],
  // the same IPv4 address in another dress
  ['::ffff:127.0.0.1', 'loopback'],
  ['::FFFF:7f00:1', 'loopback'],
  ['::ffff:169.254.169.254', 'linkLocal'],
  ['2002:7f00:1::', 'loopback'],
  ['2002:a9fe:a9fe::1', 'linkLocal'],
  ['64:ff9b::10.0.0.1', 'private'],
  ['64:ff9b::a9fe:a9fe', 'linkLocal'],
  // nothing a resolver writes
  ['fe80::1%eth0', 'unreadable'],
  ['127.1', 'unreadable'],
  ['0177.0.0.1', 'unreadable'],
  ['0x7f.0.0.1', 'unreadable'],
  ['2130706433', 'unreadable'],
  ['127.0.0.1.', 'unreadable'],
  ['1.2.3.256', 'unreadable'],
  [' 1.2.3.4', 'unreadable'],
  ['1::2::3', 'unreadable'],
  ['1:2:3:4:5:6:7', 'unreadable'],
  ['1:2:3:4:5:6:7:8:9', 'unreadable'],
  ['::12345', 'unreadable'],
  ['', 'unreadable'],
] as const

describe('an address', () => {
  it.each(TABLE)('%s is %s', (address, rule) => {
    expect(ruleOf(address)).toBe(rule)
  })

  it.each(['1.1.1.1', '9.255.255.255', '11.0.0.0', '100.63.255.255', '100.128.0.0', '172.15.255.255'])(
    '%s is public',
    (address) => {
      expect(ruleOf(address)).toBeUndefined()
    },
  )

  it.each(['172.32.0.0', '192.169.0.0', '223.255.255.255', '2606:4700::1111', '2a00:1450:4001::5'])(
    '%s is public',
    (address) => {
      expect(ruleOf(address)).toBeUndefined()
    },
  )

  it.each(['::ffff:8.8.8.8', '2002:808:808::1', '64:ff9b::8.8.8.8', '2001:200::1'])(
    '%s is public',
    (address) => {
      expect(ruleOf(address)).toBeUndefined()
    },
  )
})

describe('the private policy', () => {
  const reached = new Set(['loopback', 'private', 'shared'])

  it.each(TABLE)('decides about %s by its rule %s alone', (address, rule) => {
    expect(refusalOf(address, 'private')).toBe(reached.has(rule) ? undefined : rule)
    expect(refusalOf(address, 'public')).toBe(rule)
  })
})

describe('any address', () => {
  it('is read when and only when Node takes it for one, zones aside', () => {
    const texts = fc.oneof(
      fc.ipV4(),
      fc.ipV6(),
      fc.ipV4Extended(),
      fc.string({ unit: fc.constantFrom(...Array.from('0123af.:x%')) }),
    )
    fc.assert(
      fc.property(texts, (text) => {
        const isAddress = (isIPv4(text) || isIPv6(text)) && !text.includes('%')
        expect(readAddress(text) !== undefined).toBe(isAddress)
      }),
      { numRuns: 2000 },
    )
  })

  it('has the value that the URL standard reads', () => {
    fc.assert(
      fc.property(fc.ipV6(), (text) => {
        const canonical = new URL(`http://[${text}]/`).hostname.slice(1, -1)
        expect(readAddress(canonical)).toBe(readAddress(text))
      }),
    )
  })

  it('is judged alike as IPv4, mapped, and carried by 6to4 or NAT64', () => {
    fc.assert(
      fc.property(fc.ipV4(), (text) => {
        const hex = Uint8Array.from(text.split('.').map(Number)).toHex()
        const groups = `${hex.slice(0, 4)}:${hex.slice(4)}`
        const forms = [`::ffff:${text}`, `::ffff:${groups}`, `2002:${groups}::1`, `64:ff9b::${text}`]
        expect(forms.map(ruleOf)).toEqual(forms.map(() => ruleOf(text)))
      }),
    )
  })

  it('that is public is so under both policies', () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (text) => {
        if (refusalOf(text, 'public') === undefined) expect(refusalOf(text, 'private')).toBeUndefined()
        else expect(refusalOf(text, 'public')).toBe(ruleOf(text))
      }),
    )
  })
})
