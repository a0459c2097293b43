import { FAILURES, type Failure } from '../kernel/failure.ts'
import { chooseLocale, createTranslators, type Translators } from '../web/i18n/index.ts'
import type { RequestContext } from './context.ts'
