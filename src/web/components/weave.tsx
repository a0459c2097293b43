/** One stepped diamond of the band, drawn on a 2-unit grid as a loom would draw it. */
const DIAMOND = 'M14 0h4v2h4v2h4v4h-4v2h-4v2h-4v-2h-4v-2H6V4h4V2h4z'
const EYE = 'M14 4h4v4h-4z'
const STEPS = 'M0 0h4v2H2v2H0zM32 0h-4v2h2v2h2zM0 12h4v-2H2V8H0zM32 12h-4v-2h2V8h2z'

/** The woven band at the head of every page. Ornament: it says nothing and is hidden from readers. */
export function Weave() {
  return (
    <svg class="weave" width="100%" height="12" aria-hidden="true" focusable="false">
      <defs>
        <pattern id="weave" width="64" height="12" patternUnits="userSpaceOnUse">
          <path class="weave-ground" d="M0 0h64v12H0z" />
          <path class="weave-steps" d={STEPS} />
          <path class="weave-steps" d={STEPS} transform="translate(32)" />
          <path class="weave-first" d={DIAMOND} />
          <path class="weave-second" d={DIAMOND} transform="translate(32)" />
          <path class="weave-eye" d={EYE} />
          <path class="weave-eye" d={EYE} transform="translate(32)" />
        </pattern>
      </defs>
      <rect width="100%" height="12" fill="url(#weave)" />
    </svg>
  )
}

/** A hanging woven from the same pattern, beside the first page's greeting where there is room. Ornament only. */
export function Tapestry() {
  return (
    <svg class="tapestry" viewBox="0 0 192 132" width="288" height="198" aria-hidden="true" focusable="false">
      <path class="weave-ground" d="M0 0h192v122H0z" />
      <rect width="96" height="12" transform="translate(0 23) scale(2)" fill="url(#weave)" />
      <rect width="96" height="12" transform="translate(0 75) scale(2)" fill="url(#weave)" />
      <path class="weave-first" d="M0 0h192v8H0zM0 54h192v6H0zM0 114h192v8H0z" />
      <path class="weave-second" d="M0 12h192v4H0zM0 62h192v6H0zM0 106h192v4H0z" />
      <path class="weave-steps" d="M0 18h192v2H0zM0 50h192v2H0zM0 70h192v2H0zM0 102h192v2H0z" />
      <path class="weave-fringe" d="M3 127h186" />
    </svg>
  )
}
