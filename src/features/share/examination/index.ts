/** Finding out whether the git objects of all repositories are still what they were. */
export { examineRevisions } from './queries.ts'
