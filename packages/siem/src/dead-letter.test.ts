import { appendFile, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createBatch } from './batch.test-support.ts'
import { readAll } from './dead-letter.test-support.ts'
import { createDeadLetter, type DeadLetterEntry, toDeadEvent, toDeadLine } from './dead-letter.ts'

const time = '2026-11-22T06:25:00.123Z'
let folder: string
let path: string

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.parse(time) })
  folder = await mkdtemp(join(tmpdir(), 'flowlogs-dead-letter-'))
  path = join(folder, 'deep/down/dead.ndjson')
})

afterEach(async () => {
  vi.useRealTimers()
  await rm(folder, { recursive: true })
})

const batch = createBatch(2, ['2 too\u2028few'])
const cause = {
  sink: 'opensearch',
  reason: 'mapper_parsing_exception',
  message: 'failed to parse ,"event": "x"',
  status: 400,
}
const refused = toDeadEvent(batch, 1, cause)
const badLine = toDeadLine('opensearch', batch.rejections[0]!)

/** An event of another length, with a number that JavaScript cannot hold. */
function largeEvent(id: string, length = 0): DeadLetterEntry {
  const event = Buffer.from(`{"bytes":9223372036854775807,"pad":"${'é'.repeat(length)}"}`)
  return { sink: 'splunk', reason: '6', message: 'Invalid data format', id, event }
}

describe('an entry', () => {
  test('is one line with the document as it was', async () => {
    const deadLetter = createDeadLetter({ path })
    await deadLetter.write([refused, badLine])
    const [first, second] = (await readFile(path, 'utf8')).split('\n')
    const document = Buffer.from(batch.output).toString().split('\n')[1]
    expect(first).toBe(
      `{"v":1,"time":"${time}","sink":"opensearch","reason":"mapper_parsing_exception","message":"failed to parse ,\\"event\\": \\"x\\"","status":400,"id":"${batch.events.ids[1]}","eventTime":1763769630000,"account":"210987654321","event":${document}}`,
    )
    expect(JSON.parse(second ?? '')).toStrictEqual({
      v: 1,
      time,
      sink: 'opensearch',
      reason: 'too_few_values',
      message: 'no value for the field "interface_id": the line ends early',
      rejection: {
        code: 'too_few_values',
        field: 'interface_id',
        line: '2 too\u2028few',
        origin: batch.rejections[0]?.origin,
      },
    })
  })

  test('is read back as it was written', async () => {
    const entries = [refused, badLine, largeEvent('a', 200_000), largeEvent('b')]
    await createDeadLetter({ path }).write(entries)
    expect(await readAll(path)).toEqual(
      entries.map((entry) =>
        'event' in entry ? { ...entry, time, event: Buffer.from(entry.event) } : { ...entry, time },
      ),
    )
  })
})

describe('a file', () => {
  test('is added to, also by the next process', async () => {
    await createDeadLetter({ path }).write([largeEvent('a')])
    await createDeadLetter({ path }).write([largeEvent('b')])
    expect(await readAll(path)).toMatchObject([{ id: 'a' }, { id: 'b' }])
  })

  test('with the end of a write that was cut off loses nothing else, and says so', async () => {
    await createDeadLetter({ path }).write([largeEvent('a')])
    await appendFile(path, '{"v":1,"time":"2026-')
    expect(await readAll(path)).toMatchObject([{ id: 'a' }, { unreadable: '{"v":1,"time":"2026-' }])
    await createDeadLetter({ path }).write([largeEvent('b')])
    expect(await readAll(path)).toMatchObject([
      { id: 'a' },
      { unreadable: '{"v":1,"time":"2026-' },
      { id: 'b' },
    ])
  })

  test('has writes one after the other, each whole', async () => {
    const deadLetter = createDeadLetter({ path })
    const ids = Array.from({ length: 40 }, (_, index) => String(index))
    await Promise.all(ids.map((id) => deadLetter.write([largeEvent(id, 5_000)])))
    expect((await readAll(path)).map((entry) => 'id' in entry && entry.id)).toStrictEqual(ids)
  })

  test.each([
    ['{"v":2,"event":{}}'],
    ['{"v":1}'],
    ['not JSON'],
    ['null'],
    ['{"v":1,"event":{},"id":"written by hand"}'],
  ])('with a foreign line %s says so', async (line) => {
    await createDeadLetter({ path }).write([largeEvent('a')])
    await appendFile(path, `${line}\n`)
    expect(await readAll(path)).toMatchObject([{ id: 'a' }, { unreadable: line }])
  })
})

describe('a directory', () => {
  test('gets files of limited size, which are read in the order of their names', async () => {
    const directory = join(folder, 'dead')
    const deadLetter = createDeadLetter({ directory, maxFileBytes: 3_000 })
    for (const id of ['a', 'b', 'c', 'd', 'e']) {
      await deadLetter.write([largeEvent(id, 500)])
      vi.setSystemTime(Date.now() + 1_000)
    }
    expect(await readdir(directory)).toStrictEqual([
      `dead-letter-20261122T062500123Z-${process.pid}-1.ndjson`,
      `dead-letter-20261122T062502123Z-${process.pid}-2.ndjson`,
      `dead-letter-20261122T062504123Z-${process.pid}-3.ndjson`,
    ])
    expect((await readAll(directory)).map((entry) => 'id' in entry && entry.id)).toStrictEqual([
      'a',
      'b',
      'c',
      'd',
      'e',
    ])
  })

  test('has to allow files of some size', () => {
    expect(() => createDeadLetter({ directory: folder, maxFileBytes: 0 })).toThrow(
      'dead letter files of 0 bytes',
    )
  })
})

test('nothing is created before there is something to write', async () => {
  await createDeadLetter({ path }).write([])
  await expect(stat(path)).rejects.toThrow('ENOENT')
})

test('a write that fails rejects, and the next one is tried', async () => {
  const blocked = join(folder, 'blocked')
  const deadLetter = createDeadLetter({ path: join(blocked, 'dead.ndjson') })
  await appendFile(blocked, '')
  await expect(deadLetter.write([largeEvent('a')])).rejects.toThrow(/ENOTDIR|EEXIST/)
  await rm(blocked)
  await deadLetter.write([largeEvent('b')])
  expect(await readAll(blocked)).toMatchObject([{ id: 'b' }])
})

test('closing waits for what is being written, and takes no more', async () => {
  const deadLetter = createDeadLetter({ path })
  const writing = deadLetter.write([largeEvent('a')])
  await deadLetter.close()
  expect(await readAll(path)).toMatchObject([{ id: 'a' }])
  await writing
  await expect(deadLetter.write([largeEvent('b')])).rejects.toMatchObject({ code: 'closed' })
})
