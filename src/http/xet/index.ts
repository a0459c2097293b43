/** The Xet door: tokens, and the content-addressed store that official clients upload to and fetch from. */
export { casRoutes, type CasDeps } from './cas-routes.ts'
export { casUrl } from './cas-url.ts'
export { xetTokenRoutes, type Authorise, type XetTokenDeps } from './token-routes.ts'
export { createXetTokens, xetTokenHeaders, type IssuedXetToken, type XetTokens } from './tokens.ts'
