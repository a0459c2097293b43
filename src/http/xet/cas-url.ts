/**
 * Where Xet clients find the content: `{base}/cas/{epoch}`. They remember under this address what the node holds,
 * so the epoch of `Content.casEpoch` is part of it.
 */
export function casUrl(base: string, epoch: string): string {
  return `${base}/cas/${epoch}`
}
