/** Needs, offers, pledges and groups of countries: what members state of them, and what it comes to. */
export { createNeeds, type NeedCommands } from './commands/index.ts'
export { draftsOf, findStated, readCapacity, type StatedThing } from './queries.ts'
export { assessCapacity, countriesOf, isSame } from './rules/index.ts'
export {
  type CapacityStatement,
  type Draft,
  type DraftFields,
  type Noun,
  NOUNS,
  STATED_TYPES,
  type Stated,
  type StatedCapacity,
  type StatedGroup,
  type StatedNeed,
  type StatedOffer,
  type StatedPledge,
  type StatedState,
  type StatedType,
  TYPE_OF,
  type Wish,
} from './types.ts'
