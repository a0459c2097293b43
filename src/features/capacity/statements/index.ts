/** Needs, offers, pledges and groups of countries: what members state of them, and what it comes to. */
export { assessCapacity, countriesOf, isSame } from './rules/index.ts'
export {
  type CapacityStatement,
  STATED_TYPES,
  type Stated,
  type StatedCapacity,
  type StatedGroup,
  type StatedNeed,
  type StatedOffer,
  type StatedPledge,
  type StatedState,
  type StatedType,
} from './types.ts'
