import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { arabicForms, normaliseArabic } from './arabic/rules.ts'
import { indexedName, indexedText, queryGroups } from './rules.ts'

/** Whether a query's groups are all met by a text's tokens, as the index would say. */
function finds(query: string, text: string, index = indexedText): boolean {
  const tokens = new Set(index(text).split(' '))
  const groups = queryGroups(query)
  const isMet = (token: string) =>
    token.endsWith('*') ? [...tokens].some((each) => each.startsWith(token.slice(0, -1))) : tokens.has(token)
  return groups.length > 0 && groups.every((group) => group.some(isMet))
}

describe('words of six languages', () => {
  it.each([
    ['model', 'Models'],
    ['classification', 'classifications'],
    ['traduccion', 'traducciones'],
    ['TRADUCCIONES', 'traducción'],
    ['modele', 'modèles'],
    ['modèles', 'modele'],
    ['eau', 'l’eau'],
    ["d'images", 'images'],
    ['aujourd’hui', "aujourd'hui"],
    ['children', "the children's voices"],
    ['перевод', 'переводами'],
    ['учёные', 'ученые'],
    ['翻译', '机器翻译模型'],
    ['语音识别', '语音的识别'],
    ['译', '翻译'],
    ['音声', '日本語の音声認識'],
    ['नमूना', 'नमूना भाषा'],
    ['ภาษา', 'ภาษาไทย'],
    ['음성', '한국어음성'],
    ['٢٠٠٥', '2005'],
    ['ﬁle', 'file'],
    ['trans', 'translation'],
    ['straße', 'STRASSE'],
    ['oeuvre', 'œuvre'],
  ])('%j finds %j', (query, text) => {
    expect(finds(query, text)).toBe(true)
  })

  it.each([
    ['model', 'motel'],
    ['译翻', '翻译'],
    ['医生', '医院的学生'],
    ['rat', 'nitrate'],
    ['t', 'translation'],
    ['speech swahili', 'speech'],
    ['', 'anything'],
    ['… — !', 'anything'],
  ])('%j does not find %j', (query, text) => {
    expect(finds(query, text)).toBe(false)
  })

  it('leaves little words out of a query unless it has no others', () => {
    expect(queryGroups('the model of the people')).toHaveLength(2)
    expect(queryGroups('la')).toEqual([['la', 'la*']])
    expect(queryGroups('модель для перевода')).toHaveLength(2)
    expect(queryGroups('نموذج من النصوص')).toHaveLength(2)
  })

  it('bounds a query', () => {
    expect(queryGroups('w1 w2 w3 w4 w5 '.repeat(1000)).length).toBeLessThanOrEqual(24)
    expect(queryGroups('字'.repeat(5000)).length).toBeLessThanOrEqual(24)
  })
})

describe('Arabic words', () => {
  it.each([
    [
      'نموذج',
      [
        'النموذج',
        'والنموذج',
        'بالنموذج',
        'للنموذج',
        'نموذجًا',
        'نموذجاً',
        'نَمُوذَج',
        'نمـوذج',
        'نماذج',
        'النماذج',
      ],
    ],
    ['لغة', ['اللغة', 'للغة', 'لغات', 'واللغات', 'لغه', 'لُغَةٌ']],
    ['ترجمة', ['الترجمة', 'للترجمة', 'لترجمة', 'وترجمة', 'ترجمات', 'التّرجمةُ']],
    ['بيانات', ['البيانات', 'وبيانات', 'للبيانات', 'بِيَانَات']],
    ['أمراض', ['امراض', 'الأمراض', 'إمراض', 'مرض']],
    ['مستشفى', ['مستشفي', 'المستشفى', 'مستشفيات']],
    ['عربي', ['العربية', 'عربية', 'العربيّ', 'عربيون']],
  ])('%s is found as any of its forms', (word, forms) => {
    for (const form of forms) {
      expect([form, finds(form, word)]).toEqual([form, true])
      expect([form, finds(word, form)]).toEqual([form, true])
    }
  })

  it.each([
    ['ترجمة', 'كلام'],
    ['نموذج', 'نماء'],
    ['مدرسة', 'مدير'],
  ])('%s is not %s', (query, text) => {
    expect(finds(query, text)).toBe(false)
  })

  it('keep a form whatever they are', () => {
    const letters = fc.string({
      unit: fc.constantFrom(...Array.from('ابتثجحخدذرزسشصضطظعغفقكلمنهويةىأإآؤئء\u064B\u0651\u0640')),
    })
    fc.assert(
      fc.property(letters, (word) => {
        const forms = arabicForms(word)
        const normal = normaliseArabic(word)
        expect(forms.includes(normal)).toBe(normal !== '') // of mere vowel signs nothing is left
        expect(forms.length).toBeLessThanOrEqual(12)
      }),
    )
  })
})

describe('a name', () => {
  it.each([
    ['distil', 'nairobi/DistilBert-base_v2'],
    ['bert base', 'nairobi/DistilBert-base_v2'],
    ['distilbert', 'nairobi/DistilBert-base_v2'],
    ['wav2vec', 'facebook/wav2vec2-large-xlsr-53'],
    ['xlsr 53', 'facebook/wav2vec2-large-xlsr-53'],
    ['qwen 7b', 'Qwen/Qwen2.5-7B-Instruct'],
    ['qwen2.5', 'Qwen/Qwen2.5-7B-Instruct'],
    ['nllb200', 'facebook/nllb-200-distilled'],
    ['ASR', 'nairobi/swahiliASR'],
  ])('is found by %j: %j', (query, name) => {
    expect(finds(query, name, indexedName)).toBe(true)
  })
})

it('any word of a text finds the text, in any script', () => {
  const word = fc.constantFrom(
    'Model',
    'élève',
    'ñandú',
    'речь',
    'нейросеть',
    '语音',
    '模型',
    'صوت',
    'الكلام',
    'GPT4',
    'x',
    'naïve',
    'ﬁn',
    'भाषा',
  )
  fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 8 }), fc.nat(7), (words, index) => {
      const chosen = words[index % words.length] ?? ''
      expect(finds(chosen, words.join(' '))).toBe(true)
    }),
  )
})

it.each(['\uFE7B', '\u0640\u0650'])('vowel signs alone ask for nothing: %j', (text) => {
  expect([queryGroups(text), indexedText(text)]).toEqual([[], ''])
})

it('tokens hold nothing that the index would part or misread, whatever the text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
      const tokens = [...indexedText(text).split(' '), ...indexedName(text).split(' ')].filter(
        (token) => token !== '',
      )
      for (const token of tokens) expect(token).not.toMatch(/[\s!-/:-@[-`{-~]/)
      for (const group of queryGroups(text)) for (const token of group) expect(token).toMatch(/^[^\s"]+$/)
    }),
    { numRuns: 500 },
  )
})

it('analyses the longest text that is indexed', () => {
  const unlike = Array.from({ length: 20_000 }, (_, index) => `palabra${index.toString(36)}`).join(' ')
  expect(indexedText(unlike).split(' ').length).toBeGreaterThan(1000)
})
