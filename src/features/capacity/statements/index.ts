/** Needs, offers, pledges and groups of countries: what members state of them, and what it comes to. */
export { groupNamed } from './commands/wish.ts'
export { grantSmallNeeds, startGranting } from './commands/grant.ts'
export { createNeeds, type NeedCommands } from './commands/index.ts'
export { draftsOf, openNeeds, openOffers, readCapacity } from './queries.ts'
export {
  assessCapacity,
  countriesOf,
  findStated,
  groupsNamedBy,
  isSame,
  matchingNeed,
  matchingOffer,
  recordOf,
  statedOf,
  type Unfit,
  unfitness,
} from './rules/index.ts'
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
  type StatedThing,
  type StatedType,
  TYPE_OF,
  type Wish,
} from './types.ts'
