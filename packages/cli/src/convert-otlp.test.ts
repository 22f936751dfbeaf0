import { spawnSync } from 'node:child_process'
import { resolve } from 'node:path'
import { createTransform, recordMapping } from '@flowlogs/core'
import { expect, test } from 'vitest'

const packageFolder = resolve(import.meta.dirname, '..')
const command = process.env.DIST
  ? ['dist/main.js']
  : ['--conditions=@flowlogs/source', 'src/main.ts']

const line = (account: number, port: number) =>
  `2 ${account} eni-1 172.31.16.139 172.31.16.21 ${port} 22 6 20 4249 1763700000 1763700060 ACCEPT OK`

test('convert --to otlp prints requests, their records by account', () => {
  const lines = [line(111111111111, 1), line(222222222222, 2), 'none', line(111111111111, 3)]
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [...command, 'convert', '--to', 'otlp', '-'],
    { cwd: packageFolder, input: lines.join('\n'), encoding: 'utf8' },
  )
  expect(stderr).toContain('emitted   3\n')
  expect(status).toBe(0)
  const { events } = createTransform({ mapping: recordMapping, index: true })(lines.join('\n'))
  const [first, second, third] = events?.ids ?? []
  const requests = stdout.trimEnd().split('\n')
  expect(requests).toHaveLength(1)
  const { resourceLogs } = JSON.parse(requests[0] ?? '')
  expect(
    resourceLogs.map(({ resource, scopeLogs: [{ logRecords }] }: ResourceLogs) => [
      resource.attributes[1]?.value,
      logRecords.map(({ attributes, body }) => [attributes[0], body]),
    ]),
  ).toEqual([
    [
      { stringValue: '111111111111' },
      [
        [uid(first), { stringValue: lines[0] }],
        [uid(third), { stringValue: lines[3] }],
      ],
    ],
    [{ stringValue: '222222222222' }, [[uid(second), { stringValue: lines[1] }]]],
  ])
})

interface ResourceLogs {
  readonly resource: { readonly attributes: readonly { readonly value: object }[] }
  readonly scopeLogs: readonly [
    {
      readonly logRecords: readonly {
        readonly attributes: readonly object[]
        readonly body: object
      }[]
    },
  ]
}

function uid(id: string | undefined): object {
  return { key: 'log.record.uid', value: { stringValue: id } }
}
