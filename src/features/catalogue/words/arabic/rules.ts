/** Arabic words for search, pure: light stemming after Larkey, Ballesteros & Connell, "Light Stemming for Arabic Information Retrieval" (light10), with clitics and broken plurals added. */

const MARKS = /[\u0640\u064B-\u065F\u0670\u06D6-\u06ED\u08D3-\u08FF]/gu
/** The accusative's ً with the alif that carries it: `نموذجًا`. */
const TANWIN_ALIF = /(?:\u064B\u0627|\u0627\u064B)$/u

/** One spelling for letters that writers and keyboards use for one another: alif with and without hamza, ya, ta marbuta, Persian forms. */
export function normaliseArabic(word: string): string {
  return word
    .replace(TANWIN_ALIF, '')
    .replace(MARKS, '')
    .replace(/[\u0622\u0623\u0625\u0671]/gu, '\u0627')
    .replace(/[\u0649\u06CC]/gu, '\u064A')
    .replace(/[\u0629\u06C1\u06D5\u06BE]/gu, '\u0647')
    .replace(/\u06A9/gu, '\u0643')
}

const CONJUNCTION = /^[وف](?=.{3})/u
const ARTICLE = /^(?:ال|بال|كال|لل)(?=.{2})/u
const PREPOSITION = /^(?:[بلكس])(?=.{3})/u
const SUFFIXES = ['ها', 'ان', 'ات', 'ون', 'ين', 'يه', 'ه', 'ي']

/**
 * The forms under which a word is indexed and sought: each way to take off a conjunction, the article and a
 * one-letter preposition, without its endings. Two words are one for search when they share a form.
 */
export function arabicForms(word: string): readonly string[] {
  const normal = normaliseArabic(word)
  const bare = [normal, normal.replace(CONJUNCTION, '')]
  const withoutClitics = bare.flatMap((form) => [form.replace(ARTICLE, ''), ...withoutPreposition(form)])
  const stems = withoutClitics.map(withoutEndings)
  const singulars = stems.flatMap((stem) => SINGULARS.get(stem) ?? [])
  return [...new Set([normal, ...stems, ...singulars])].filter((form) => form !== '') // of mere vowel signs nothing is left
}

/** The form without the article: what a prefix search goes by. */
export function withoutArticle(word: string): string {
  return normaliseArabic(word).replace(ARTICLE, '')
}

// A letter that may as well belong to the word is taken off only where no article stands behind it.
function withoutPreposition(form: string): readonly string[] {
  return PREPOSITION.test(form) && !/^(?:بال|كال)/u.test(form) ? [form.replace(PREPOSITION, '')] : []
}

function withoutEndings(word: string): string {
  return SUFFIXES.reduce(
    (stem, suffix) =>
      stem.endsWith(suffix) && stem.length - suffix.length >= 2 ? stem.slice(0, -suffix.length) : stem,
    word,
  )
}

/** Broken plurals of this field's vocabulary, which no stripping of ends can find: singular, then its plurals. */
const BROKEN_PLURALS = `
  نموذج نماذج / صوت أصوات / نص نصوص / خبر أخبار / كتاب كتب / مدرسة مدارس / مرض أمراض / محصول محاصيل / بحث أبحاث بحوث
  مصدر مصادر / قاعدة قواعد / خريطة خرائط / علم علوم / درس دروس / طبيب أطباء / دواء أدوية / لسان ألسنة / حديث أحاديث
  سؤال أسئلة / جواب أجوبة / مركز مراكز / بلد بلدان / قمر أقمار / مزرعة مزارع / تقرير تقارير / وثيقة وثائق / حرف حروف أحرف
  رقم أرقام / اسم أسماء / شخص أشخاص / طفل أطفال / ماء مياه / خطر مخاطر أخطار / رسالة رسائل / نظام أنظمة نظم / مهمة مهام
  وزن أوزان / معجم معاجم / قاموس قواميس / عنوان عناوين / مقطع مقاطع / ملف ملفات / وجه وجوه / قانون قوانين / مستشفى مستشفيات
  مريض مرضى / طالب طلاب طلبة / معلم معلمون / فلاح فلاحون / حيوان حيوانات / نبات نباتات / شهر أشهر شهور / مدينة مدن
  قرية قرى / طريق طرق / جزء أجزاء / نوع أنواع / شكل أشكال / حكم أحكام / عمل أعمال / خطاب خطابات`

const SINGULARS: ReadonlyMap<string, readonly string[]> = new Map(
  BROKEN_PLURALS.split(/[/\n]/u)
    .map((group) => group.trim().split(/\s+/u).map(normaliseArabic).map(withoutEndings))
    .flatMap(([singular = '', ...plurals]) => plurals.map((plural) => [plural, [singular]] as const)),
)
