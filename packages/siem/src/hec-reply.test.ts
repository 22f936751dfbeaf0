import { describe, expect, test } from 'vitest'
import { hecCodes } from './hec-codes.ts'
import { toHecOutcome, toStop } from './hec-reply.ts'

/** A reply of the collector to ten events. */
function outcomeOf(status: number, body: unknown, count = 10) {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return toHecOutcome({ status, headers: {}, body: text }, count)
}

/** Every code with the status that it comes with, without a number and with the number 4. */
const codes: readonly (readonly [code: number, status: number, kind: string, atFour: string])[] = [
  [0, 200, 'taken', 'taken'],
  [1, 403, 'unauthorized', 'unauthorized'],
  [2, 401, 'unauthorized', 'unauthorized'],
  [3, 401, 'unauthorized', 'unauthorized'],
  [4, 403, 'unauthorized', 'unauthorized'],
  [5, 400, 'unclear', 'unclear'],
  [6, 400, 'unclear', 'refused after 4'],
  [7, 400, 'refused setting', 'refused setting'],
  [8, 500, 'again after 0', 'again after 3'],
  [9, 503, 'again after 0', 'again after 3'],
  [10, 400, 'refused setting', 'refused setting'],
  [11, 400, 'refused setting', 'refused setting'],
  [12, 400, 'unclear', 'refused after 4'],
  [13, 400, 'unclear', 'refused after 4'],
  [14, 400, 'refused setting', 'refused setting'],
  [15, 400, 'unclear', 'refused after 4'],
  [16, 400, 'refused setting', 'refused setting'],
  [17, 200, 'again after 0', 'again after 0'],
  [18, 503, 'again after 0', 'again after 0'],
  [19, 503, 'again after 0', 'again after 0'],
  [20, 503, 'again after 0', 'again after 0'],
  [21, 400, 'unauthorized', 'unauthorized'],
  [22, 400, 'unauthorized', 'unauthorized'],
  [23, 503, 'again after 0', 'again after 0'],
  [24, 200, 'taken', 'taken'],
  [25, 200, 'taken', 'taken'],
  [26, 429, 'again after 0', 'again after 0'],
  [27, 429, 'again after 0', 'again after 0'],
  [28, 400, 'refused setting', 'refused setting'],
]

function name(outcome: ReturnType<typeof outcomeOf>): string {
  if (outcome.kind === 'again' || outcome.kind === 'refused') {
    return `${outcome.kind} after ${outcome.taken}`
  }
  if (outcome.kind !== 'stopped') return outcome.kind
  return outcome.error.code === 'refused' ? 'refused setting' : outcome.error.code
}

test.each(codes)(
  'code %i with status %i: %s; with the number 4: %s',
  (code, status, kind, four) => {
    expect(name(outcomeOf(status, { text: 'words', code }))).toBe(kind)
    const numbered = { text: 'words', code, 'invalid-event-number': 4 }
    expect(name(outcomeOf(status, numbered))).toBe(four)
  },
)

test('no code is left out', () => {
  expect(codes.map(([code]) => code)).toStrictEqual(Object.keys(hecCodes).map(Number))
})

test.each([
  [6, 0, 10, 'refused after 0'],
  [6, 9, 10, 'refused after 9'],
  [6, 10, 10, 'unclear'],
  [6, -1, 10, 'unclear'],
  [6, 1.5, 10, 'unclear'],
  [6, '3', 10, 'unclear'],
  [6, 1, 1, 'refused after 0'],
  [6, undefined, 1, 'refused after 0'],
  [9, 0, 10, 'again after 0'],
  [9, 1, 10, 'again after 0'],
  [9, 10, 10, 'again after 9'],
  [9, 11, 10, 'again after 0'],
  [9, 1, 1, 'again after 0'],
] as const)('code %i at number %s of a request of %i: %s', (code, number, count, kind) => {
  const status = code === 9 ? 503 : 400
  const body = { text: 'words', code, 'invalid-event-number': number }
  expect(name(outcomeOf(status, body, count))).toBe(kind)
})

test.each([
  [200, '', 'again after 0'],
  [200, '{"text":"Success","co', 'again after 0'],
  [200, 'null', 'again after 0'],
  [200, { text: 'Success' }, 'again after 0'],
  [200, { text: 'Server is busy', code: 9 }, 'again after 0'],
  [200, { text: 'Incorrect index', code: 7 }, 'refused setting'],
  [204, '', 'again after 0'],
  [301, '', 'refused setting'],
  [400, '<html>', 'unclear'],
  [400, { text: 'new', code: 99 }, 'unclear'],
  [401, '', 'unauthorized'],
  [403, '', 'unauthorized'],
  [404, { text: 'The requested URL was not found on this server.', code: 404 }, 'refused setting'],
  [408, '', 'again after 0'],
  [413, '', 'unclear'],
  [415, '', 'refused setting'],
  [429, '', 'again after 0'],
  [500, '"Internal Server Error"', 'again after 0'],
  [501, '', 'refused setting'],
  [502, '', 'again after 0'],
  [503, { text: 'Success', code: 0 }, 'again after 0'],
] as const)('status %i with %j: %s', (status, body, kind) => {
  expect(name(outcomeOf(status, body))).toBe(kind)
})

describe('an outcome', () => {
  test('has the number to ask for', () => {
    expect(outcomeOf(200, { text: 'Success', code: 0, ackId: 7 })).toStrictEqual({
      kind: 'taken',
      ackId: 7,
    })
    expect(outcomeOf(200, { text: 'Success', code: 0, ackId: -1 })).toStrictEqual({ kind: 'taken' })
  })

  test('has what a person needs, in bounds', () => {
    expect(outcomeOf(400, { text: 'x'.repeat(1000), code: 6 }, 1)).toStrictEqual({
      kind: 'refused',
      taken: 0,
      reason: {
        reason: 'Invalid data format',
        message: `Splunk says 400: ${'x'.repeat(200)} (code 6)`,
        status: 400,
      },
    })
    expect(outcomeOf(413, '', 1)).toMatchObject({ reason: { reason: 'status 413' } })
  })

  test('says how long to wait', () => {
    const headers = { 'retry-after': '7' }
    expect(
      toHecOutcome({ status: 429, headers, body: '{"text":"Queue at capacity","code":26}' }, 1),
    ).toStrictEqual({
      kind: 'again',
      taken: 0,
      why: { after: 7000, again: 'Splunk says 429: Queue at capacity (code 26)' },
    })
  })

  test('without a reply is another attempt', () => {
    const reply = { failure: 'ECONNRESET', message: 'read ECONNRESET' }
    expect(toHecOutcome(reply, 3)).toStrictEqual({
      kind: 'again',
      taken: 0,
      why: { again: 'ECONNRESET: read ECONNRESET' },
    })
    expect(toStop(reply)).toBeUndefined()
  })

  test.each(Object.entries(hecCodes))(
    'of code %s has advice if a person has to act',
    (code, rule) => {
      expect(rule.advice !== undefined).toBe(rule.means === 'token' || rule.means === 'setting')
      if (rule.advice === undefined) return
      const outcome = outcomeOf(400, { text: rule.text, code: Number(code) })
      const message = `Splunk says 400: ${rule.text} (code ${code}): ${rule.advice}`
      expect(outcome).toMatchObject({ kind: 'stopped', error: { message } })
    },
  )
})
