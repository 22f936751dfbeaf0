import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { base64, bodyOf, createEndpoint, requestOf } from './firehose-endpoint.test-support.ts'

const lineOf = (eni: string) =>
  `2 123456789010 ${eni} 172.31.16.139 172.31.16.21 20641 22 6 20 4249 1418530010 1418530070 ACCEPT OK`
const direct = (eni: string) => ({ data: base64(`{"message":"${lineOf(eni)}"}`) })

test('what is in a payload is never read as the records after it, wherever they are', async () => {
  const planted = `${JSON.stringify(direct('eni-planted'))},`
  const event = JSON.stringify({ id: '1', timestamp: 1, message: lineOf('eni-event') })
  const stream = '"owner":"1","logGroup":"g","logStream":"s","subscriptionFilters":["f"]'
  // Behind its event are things that look like records of the request.
  const things = planted.repeat(40).slice(0, -1)
  const payload = `{"messageType":"DATA_MESSAGE",${stream},"logEvents":[${event},${things}]}`
  // The records behind the payload stand at every place, relative to those in it.
  for (let shift = 0; shift < planted.length; shift++) {
    const before = `eni-${'0'.repeat(shift + 1)}`
    const after = Array.from({ length: 5 }, (_, index) => `eni-after-${index}`)
    const records = [direct(before), { data: base64(gzipSync(payload)) }, ...after.map(direct)]
    const { handle, delivered } = createEndpoint()
    await handle(requestOf(bodyOf(records)))
    const events = delivered.flatMap(({ output }) =>
      Buffer.from(output)
        .toString()
        .match(/eni-[a-z0-9-]+/g),
    )
    expect(events).toStrictEqual([before, 'eni-event', ...after])
  }
})

test('records that wait for payloads, which are larger than they say, stay what they are', async () => {
  const names = ['a', 'b', 'c', 'd']
  const events = (name: string) =>
    Array.from({ length: 60 }, (_, index) =>
      JSON.stringify({ id: `${index}`, timestamp: 1, message: lineOf(`eni-${name}-${index}`) }),
    )
  // What stands at the end of gzip data is the length of its last member.
  const payload = (name: string) =>
    Buffer.concat([gzipSync(`${payloadBegin}${events(name)}]}`), gzipSync('\n')])
  const payloadBegin =
    '{"messageType":"DATA_MESSAGE","owner":"1","logGroup":"g","logStream":"s","logEvents":['
  const records = names.flatMap((name) => [
    { data: base64(payload(name)) },
    ...['x', 'y', 'z'].map((each) => direct(`eni-${name}-${each}`)),
  ])
  const { handle, delivered } = createEndpoint({ maxBatchBytes: 4096 })
  await handle(requestOf(bodyOf(records)))
  const found = delivered.map(({ output }) =>
    Buffer.from(output)
      .toString()
      .match(/eni-[a-z0-9-]+/g),
  )
  expect(found.length).toBeGreaterThan(3)
  expect(found.flat()).toStrictEqual(
    names.flatMap((name) =>
      [...Array.from({ length: 60 }).keys(), 'x', 'y', 'z'].map((each) => `eni-${name}-${each}`),
    ),
  )
})
