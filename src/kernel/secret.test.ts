import { randomBytes } from 'node:crypto'

import { describe, expect, it } from 'vitest'

import { hashPassword, PASSWORD_SALT_BYTES, verifyPassword } from './password-hash.ts'
import { hashSecret, randomBase62 } from './secret.ts'

describe('a random secret', () => {
  it('has the length asked for and only letters and digits', () => {
    expect(randomBase62(randomBytes, 1000)).toMatch(/^[0-9A-Za-z]{1000}$/)
  })

  it('draws every character equally often: bytes that would favour some are thrown away', () => {
    const everyByte = Uint8Array.from({ length: 256 }, (_, index) => index)
    const text = randomBase62(
      (length) => Uint8Array.from({ length }, (_, index) => everyByte[index % 256] ?? 0),
      248,
    )
    const counts = Map.groupBy(text, (character) => character)
    expect(counts.size).toBe(62)
    expect(new Set([...counts.values()].map((same) => same.length))).toEqual(new Set([4]))
  })

  it('is stored as its SHA-256', () => {
    expect(hashSecret('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
  })
})

describe('a password hash', () => {
  it('is read as the reference implementation writes it', async () => {
    // phc-winner-argon2, src/test.c
    const stored = '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc'
    expect(await verifyPassword('password', stored)).toBe(true)
    expect(await verifyPassword('Password', stored)).toBe(false)
  })

  it('fits its password only, in either Unicode form, and differs with its salt', async () => {
    const first = await hashPassword('contraseña', randomBytes(PASSWORD_SALT_BYTES))
    const second = await hashPassword('contraseña', randomBytes(PASSWORD_SALT_BYTES))
    expect(first).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/)
    expect(first).not.toBe(second)
    expect(await verifyPassword('contraseña'.normalize('NFD'), first)).toBe(true)
    expect(await verifyPassword('contrasena', first)).toBe(false)
  })

  it('of another kind is a bug, not a wrong password', async () => {
    await expect(verifyPassword('x', '$2b$12$abcdefghijklmnopqrstuv')).rejects.toThrow('not an argon2id')
  })
})
