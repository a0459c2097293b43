/** Saying how far the logs of others were verified: so every log is an anchor of every other. */
export { stateObserved } from './commands.ts'
