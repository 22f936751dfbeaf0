import { type Condition, createTransform, inNetwork, recordMapping } from '@flowlogs/core'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createFlowDatabase, type FlowDatabase } from './duckdb.ts'
import { toKeyRange } from './network-keys.ts'

let database: FlowDatabase

beforeAll(async () => {
  database = await createFlowDatabase()
})

afterAll(() => database.close())

async function sqlValue(expression: string): Promise<string | null | undefined> {
  return (await database.query(`SELECT ${expression}`)).rows[0]?.[0]
}

test.each([
  ['10.2.3.4', '40a020304'],
  ['255.255.255.255', '4ffffffff'],
  ['::', `6${'0'.repeat(32)}`],
  ['::1', `6${'0'.repeat(31)}1`],
  ['1::', `60001${'0'.repeat(28)}`],
  ['2001:DB8::A:1', '620010db80000000000000000000a0001'],
  ['2001:db8:1:2:3:4:5:6', '620010db8000100020003000400050006'],
  ['::ffff:1.2.3.4', '600000000000000000000ffff01020304'],
])('address_key(%s)', async (address, key) => {
  expect(await sqlValue(`address_key('${address}')`)).toBe(key)
})

test('what is no address has no key, and is in no network', async () => {
  expect(await sqlValue('address_key(NULL)')).toBeNull()
  expect(await sqlValue("in_network(NULL, '10.0.0.0/8')")).toBeNull()
})

const address = fc.oneof(
  fc.ipV4(),
  fc.ipV6().filter((text) => text.length <= 40),
)

test('in_network and the ranges of keys hold what core says', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(address, address, fc.nat(128), fc.boolean()), {
        minLength: 50,
        maxLength: 50,
      }),
      async (samples) => {
        const pairs = samples.map(([one, other, bits, isNear]) => {
          const base = isNear ? one : other
          return { one, network: `${base}/${base.includes(':') ? bits : bits % 33}` }
        })
        const values = pairs.map(({ one, network }) => {
          const [first, last] = toKeyRange(network)
          return `('${one}', '${network}', '${first}', '${last}')`
        })
        const answer = await database.query(
          `SELECT in_network(a, n), address_key(a) BETWEEN f AND l FROM (VALUES ${values.join(', ')}) AS pairs (a, n, f, l)`,
        )
        const expected = pairs.map(({ one, network }) => {
          const isInside = String(holds(inNetwork('srcaddr', network), one))
          return [isInside, isInside]
        })
        expect(answer.rows).toStrictEqual(expected)
      },
    ),
    { numRuns: 20 },
  )
})

function holds(condition: Condition, one: string): boolean {
  const filter = [{ name: 'inside', drop: condition }]
  const transform = createTransform({ format: 'srcaddr start', mapping: recordMapping, filter })
  return transform(`${one} 1\n`).ledger.filtered === 1
}
