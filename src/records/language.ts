import { z } from 'zod'

/** A BCP 47 tag in its recommended case: language, script, region, variants, private use. No list of known ones is asked. */
const LANGUAGE_TAG =
  /^[a-z]{2,3}(?:-[A-Z][a-z]{3})?(?:-(?:[A-Z]{2}|[0-9]{3}))?(?:-(?:[a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*(?:-x(?:-[a-z0-9]{1,8})+)?$/

/** A natural language by its tag: `sw`, `quy`, `es-419`, `zh-Hant`. */
export const LanguageCode = z.string().max(35).regex(LANGUAGE_TAG)
