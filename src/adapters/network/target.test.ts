import { describe, expect, it } from 'vitest'

import { nextTarget, readContentRange, readTarget, type Turn } from './target.ts'

function hostOf(url: string): string {
  const target = readTarget(url)
  return target.ok ? target.value.hostname : target.failure.reason
}

function target(url: string) {
  const read = readTarget(url)
  if (!read.ok) throw new Error(url)
  return read.value
}

describe('a URL', () => {
  it.each([
    ['http://127.1/', '127.0.0.1'],
    ['http://2130706433/', '127.0.0.1'],
    ['http://0x7f.0x0.0x0.0x1/', '127.0.0.1'],
    ['http://0177.0.0.01/', '127.0.0.1'],
    ['http://127.0.0.1./', '127.0.0.1'],
    ['http://１２７.０.０.１/', '127.0.0.1'],
    ['http://[::ffff:127.0.0.1]/', '::ffff:7f00:1'],
    ['http://[::1]:8080/', '::1'],
    ['http://Example.ORG./', 'example.org'],
    ['http://bücher.example/', 'xn--bcher-kva.example'],
  ])('%s asks %s', (url, host) => {
    expect(hostOf(url)).toBe(host)
  })

  it.each([
    ['', 'unreadable'],
    ['//example.org', 'unreadable'],
    ['http://', 'unreadable'],
    ['http://[fe80::1%25eth0]/', 'unreadable'],
    ['http://a..b/', 'unreadable'],
    ['http://example.org../', 'unreadable'],
    [`http://${'a'.repeat(64)}.org/`, 'unreadable'],
    ['http://1.2.3.4.5/', 'unreadable'],
    ['http://256.1.1.1/', 'unreadable'],
    ['http://example.org:65536/', 'unreadable'],
    ['file:///etc/passwd', 'scheme'],
    ['ftp://example.org/', 'scheme'],
    ['gopher://example.org/', 'scheme'],
    ['data:text/plain,a', 'scheme'],
    ['javascript:alert(1)', 'scheme'],
    ['http://member@example.org/', 'credentials'],
    ['http://:secret@example.org/', 'credentials'],
    ['http://example.org@127.0.0.1/', 'credentials'],
    [`http://example.org/${'a'.repeat(9000)}`, 'tooLong'],
  ])('%s is unusable: %s', (url, problem) => {
    expect(readTarget(url)).toEqual({ ok: false, failure: { reason: 'unusableAddress', problem } })
  })

  it('keeps its port and query, and sends no fragment', () => {
    expect(target('https://example.org:8443/a/b?c=d#e')).toMatchObject({
      isSecure: true,
      port: 8443,
      host: 'example.org:8443',
      path: '/a/b?c=d',
      url: 'https://example.org:8443/a/b?c=d',
    })
    expect(target('https://example.org').port).toBe(443)
    expect(target('http://[::1]').host).toBe('[::1]:80')
  })
})

describe('a redirect', () => {
  const turn = (change: Partial<Turn>): Turn => ({
    from: target('http://a.example/x/y'),
    method: 'GET',
    status: 302,
    location: '/z',
    followed: 0,
    ...change,
  })
  const led = (change: Partial<Turn>) => {
    const next = nextTarget(turn(change))
    return next.ok ? (next.value?.url ?? 'answer') : next.failure
  }

  it.each([
    [{}, 'http://a.example/z'],
    [{ location: 'z' }, 'http://a.example/x/z'],
    [{ location: '//b.example/' }, 'http://b.example/'],
    [{ location: 'https://b.example/' }, 'https://b.example/'],
    [{ status: 301, method: 'HEAD' }, 'http://a.example/z'],
    [{ status: 308, method: 'POST' }, 'http://a.example/z'],
    [{ status: 307, method: 'POST' }, 'http://a.example/z'],
    [{ status: 302, method: 'POST' }, 'answer'],
    [{ status: 303, method: 'POST' }, 'answer'],
    [{ status: 304 }, 'answer'],
    [{ status: 300 }, 'answer'],
    [{ status: 200 }, 'answer'],
    [{ location: undefined }, 'answer'],
    [{ followed: 2 }, 'http://a.example/z'],
    [{ followed: 3, status: 200 }, 'answer'],
  ] as const)('%o leads to %s', (change, url) => {
    expect(led(change)).toBe(url)
  })

  it.each([
    [{ followed: 3 }, { reason: 'refusedRedirect', host: 'a.example:80', problem: 'tooMany' }],
    [
      { from: target('https://a.example/'), location: 'http://a.example/' },
      { reason: 'refusedRedirect', host: 'a.example:443', problem: 'insecure' },
    ],
    [{ location: 'file:///etc/passwd' }, { reason: 'unusableAddress', problem: 'scheme' }],
    [{ location: 'http://u:p@b.example/' }, { reason: 'unusableAddress', problem: 'credentials' }],
  ] as const)('%o is refused', (change, failure) => {
    expect(led(change)).toEqual(failure)
  })
})

describe('Content-Range', () => {
  it.each([
    ['bytes 0-9/100', { range: { start: 0, end: 10 }, size: 100 }],
    ['bytes 5-5/*', { range: { start: 5, end: 6 } }],
    ['bytes 0-99/100', { range: { start: 0, end: 100 }, size: 100 }],
    ['bytes 0-100/100', undefined],
    ['bytes 9-0/100', undefined],
    ['bytes */100', undefined],
    ['items 0-9/100', undefined],
    [undefined, undefined],
  ])('%s is read', (header, part) => {
    expect(readContentRange(header)).toEqual(part)
  })
})
