/** What needs, offers, pledges and groups of countries come to, and what is granted at once, pure. */
export { assessCapacity, countriesOf, isSame } from './assess.ts'
export { findStated, recordOf, statedOf } from './thing.ts'
export { type Grant, type GrantFacts, grantsOf } from './grants.ts'
export { groupsNamedBy, matchingNeed, matchingOffer, type Unfit, unfitness } from './matching.ts'
