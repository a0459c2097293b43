/** The bytes of standard base64 with padding (RFC 4648 section 4); null unless the text is the one way to write them. */
export function readBase64(text: string): Uint8Array<ArrayBuffer> | null {
  const bytes = Buffer.from(text, 'base64')
  return bytes.toString('base64') === text ? new Uint8Array(bytes) : null
}
