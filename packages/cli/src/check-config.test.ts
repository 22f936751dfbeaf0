import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseConfig, toText } from './config.ts'

const packageFolder = resolve(import.meta.dirname, '..')
const command = process.env.DIST
  ? [join(packageFolder, 'dist/main.js')]
  : ['--conditions=@flowlogs/source', join(packageFolder, 'src/main.ts')]

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'flowlogs-'))
  mkdirSync(join(folder, 'empty'))
  writeFileSync(join(folder, 'keys'), 'first\n\n second \n')
  writeFileSync(join(folder, 'none'), '\n')
})
afterAll(() => rmSync(folder, { recursive: true }))

/** What is wrong with a text, or the configuration. */
function check(yaml: string, environment: Record<string, string> = {}) {
  const path = join(folder, 'flowlogs.yaml')
  writeFileSync(path, yaml.replaceAll('FOLDER', folder))
  const config = parseConfig(path, environment)
  if (!('problems' in config)) return config
  return config.problems.map((each) => toText('f', each).replaceAll(folder, 'FOLDER'))
}

const good = `endpoints:
  - path: /firehose
    type: firehose
    access_keys: [secret]
output:
  url: 'opensearch+https://search:9200/ocsf'
`
/** A configuration that is good up to line 6. */
const and = (more: string) => good + more
const endpoint = (more: string) => `output: { url: 'stdout:' }
endpoints:
  - path: /firehose
    type: firehose
${more}`

describe('mistakes', () => {
  test.each<[string, string, readonly string[]]>([
    ['nothing', '', ['f:1:1: expected an object, not nothing']],
    ['a list', '- a', ['f:1:1: expected an object, not a list']],
    ['no endpoints', "output: { url: 'stdout:' }", ['f:1:1: endpoints is missing']],
    [
      'YAML that is none',
      'a: [1',
      ['f:1:6: Flow sequence in block collection must be sufficiently indented and end with a ]'],
    ],
    ['a key twice', and('output: {}'), ['f:7:1: Map keys must be unique']],
    [
      'two documents',
      and('---\na: 1'),
      ['f:7:1: Source contains multiple documents; please use YAML.parseAllDocuments()'],
    ],
    [
      'aliases without end',
      `a: &a [x]\nb: &b [${'*a,'.repeat(50)}]\nc: [${'*b,'.repeat(50)}]`,
      ['f:1:1: Excessive alias count indicates a resource exhaustion attack'],
    ],
    [
      'an unknown key',
      and('listen:\n  prot: 1'),
      ['f:8:3: listen.prot: there is no such key; did you mean port?; there are host, port, tls'],
    ],
    [
      'a key of every object',
      and('__proto__: { listen: 1 }\nconstructor: 1'),
      [
        'f:7:1: __proto__: there is no such key; there are listen, endpoints, mapping, filters, output, limits, metrics',
        'f:8:1: constructor: there is no such key; there are listen, endpoints, mapping, filters, output, limits, metrics',
      ],
    ],
    [
      'merge keys',
      and('<<: { listen: 1 }'),
      [
        'f:7:1: <<: there is no such key; there are listen, endpoints, mapping, filters, output, limits, metrics',
      ],
    ],
    [
      'a number out of range',
      and('listen:\n  port: 70000'),
      ['f:8:9: listen.port: expected an integer from 0 to 65535, not 70000'],
    ],
    [
      'a number as a text',
      and("listen: { port: '80' }"),
      ["f:7:17: listen.port: expected an integer from 0 to 65535, not '80'"],
    ],
    [
      'half of TLS',
      and('listen: { tls: { cert_file: FOLDER/keys } }'),
      ['f:7:11: listen.tls: key_file is missing'],
    ],
    [
      'files that are not there',
      and('listen: { tls: { cert_file: FOLDER/keys, key_file: FOLDER/no } }'),
      [expect.stringMatching(/^f:7:\d+: listen.tls.key_file: cannot read FOLDER\/no: ENOENT/)],
    ],
    [
      'an unknown word',
      and('mapping:\n  to: oscf'),
      [
        'f:8:7: mapping.to: expected one of ocsf, json, otlp, ecs, snare, not oscf; did you mean ocsf?',
      ],
    ],
    [
      'a version without its schema',
      and("mapping: { to: json, ocsf_version: '1.1.0' }"),
      ['f:7:22: mapping.ocsf_version: ocsf_version goes with to: ocsf'],
    ],
    [
      'a path that climbs',
      good.replace('/firehose', '/../etc/passwd'),
      [
        'f:2:11: endpoints[0].path: expected a path such as /firehose, of letters, digits and . _ ~ -, without .. in it, not /../etc/passwd',
      ],
    ],
    [
      'the path of a probe',
      good.replace('/firehose', '/healthz'),
      ['f:2:11: endpoints[0].path: /healthz belongs to the server itself'],
    ],
    [
      'a path twice',
      `${good.replace('output:', '  - { path: /firehose, type: transform, access_keys: none }\noutput:')}`,
      ['f:5:13: endpoints[1].path: /firehose belongs to another endpoint'],
    ],
    [
      'no keys',
      endpoint(''),
      [
        'f:3:5: endpoints[0]: access_keys or access_keys_file is missing; access_keys: none lets anybody deliver',
      ],
    ],
    [
      'an empty list of keys',
      endpoint('    access_keys: []'),
      [
        'f:5:18: endpoints[0].access_keys: expected a list of keys, or none to let anybody deliver, not an empty list',
      ],
    ],
    [
      'an empty key',
      endpoint("    access_keys: ['']"),
      ["f:5:19: endpoints[0].access_keys[0]: expected a text that is not empty, not ''"],
    ],
    [
      'a key that is no list',
      endpoint('    access_keys: secret'),
      [
        'f:5:18: endpoints[0].access_keys: expected a list of keys, or none to let anybody deliver, not secret',
      ],
    ],
    [
      'keys twice',
      endpoint('    access_keys: [a]\n    access_keys_file: FOLDER/keys'),
      ['f:6:5: endpoints[0].access_keys_file: access_keys and access_keys_file are both given'],
    ],
    [
      'a key that is no bearer token',
      endpoint("    access_keys: [good, 'b a d']").replace(
        'firehose\n    acc',
        'transform\n    acc',
      ),
      ['f:5:25: endpoints[0].access_keys[1]: a bearer token is letters, digits and - . _ ~ + /'],
    ],
    [
      'a next hop without a dead letter',
      good.replace('opensearch+https', 'https'),
      ['f:5:1: output: dead_letter is missing: a file for events that the next hop refuses'],
    ],
    [
      'a file without a key',
      endpoint('    access_keys_file: FOLDER/none'),
      ['f:5:23: endpoints[0].access_keys_file: FOLDER/none has no key'],
    ],
    [
      'an option of another type',
      endpoint('    access_keys: none\n    respond: true'),
      ['f:6:5: endpoints[0].respond: respond goes with type: transform'],
    ],
    [
      'an unknown format',
      endpoint('    access_keys: none\n    format: v99'),
      [expect.stringMatching(/^f:6:13: endpoints\[0\]\.format: .*v99/)],
    ],
    [
      'an unknown field',
      and('filters: [{ name: dns, drop: { field: dst-port, is: 53 } }]'),
      [
        'f:7:39: filters[0].drop.field: expected one of 72 names, not dst-port; did you mean dstport?',
      ],
    ],
    [
      'half a condition',
      and('filters: [{ name: dns, drop: { field: dstport } }]'),
      [
        'f:7:30: filters[0].drop: expected a field with one of is, in_network and present, or one of all, any and not',
      ],
    ],
    [
      'a network that is none',
      and('filters: [{ name: dns, drop: { not: { field: srcaddr, in_network: 10.0.0.0/33 } } }]'),
      ['f:7:30: filters[0].drop: "10.0.0.0/33" is not a network: the prefix has 0 to 32 bits'],
    ],
    [
      'a network of a port',
      and('filters: [{ name: dns, drop: { field: dstport, in_network: 10.0.0.0/8 } }]'),
      ['f:7:30: filters[0].drop: in_network needs a field with addresses, and dstport has none'],
    ],
    [
      'a name twice',
      and('filters:\n  - &a { name: dns, drop: { field: dstport, is: 53 } }\n  - *a'),
      ['f:8:16: filters[1].name: another filter has this name'],
    ],
    [
      'an output that is none',
      good.replace('opensearch+https', 'opensaerch'),
      [
        'f:6:8: output.url: expected a URL of a sink (see flowlogs convert --help), file:PATH, stdout:, or an http or https URL',
      ],
    ],
    [
      'a spool in front of a file',
      "endpoints: [{ path: /, type: transform, access_keys: none }]\noutput: { url: 'file:a', spool: true }",
      ['f:2:26: output.spool: a spool is for OpenSearch, Splunk, Security Lake and dir:'],
    ],
    [
      'a variable that is not set',
      and('mapping:\n  to: ${SHAPE}'),
      [
        'f:8:7: the environment variable SHAPE is not set: set it, or write ${SHAPE:-default}, or $${SHAPE} for the text itself',
      ],
    ],
    [
      'what is no variable',
      endpoint("    access_keys: none\n    format: '${account-id}'"),
      [
        'f:6:13: ${account-id} names no variable: write ${NAME} or ${NAME:-default}, or $${account-id} for the text itself',
      ],
    ],
    [
      'several',
      and('listen: { port: -1, hots: a }\nmetrics: 5'),
      [
        'f:7:17: listen.port: expected an integer from 0 to 65535, not -1',
        'f:7:21: listen.hots: there is no such key; did you mean host?; there are host, port, tls',
        'f:8:10: metrics: expected an object, or true or false, not 5',
      ],
    ],
    [
      'limits',
      and('limits: { max_connections: 0, header_seconds: 30, request_seconds: 4000 }'),
      [
        'f:7:28: limits.max_connections: expected an integer of at least 1, not 0',
        'f:7:68: limits.request_seconds: expected an integer from 1 to 3600, not 4000',
      ],
    ],
    [
      'limits that contradict each other',
      and('limits: { header_seconds: 30, request_seconds: 20 }'),
      ['f:7:27: limits.header_seconds: header_seconds is more than request_seconds, which is 20'],
    ],
    [
      'keys of metrics',
      and("metrics: { access_keys: [good, 'not good'] }"),
      ['f:7:32: metrics.access_keys[1]: a bearer token is letters, digits and - . _ ~ + /'],
    ],
    [
      'control characters',
      and('"a\\x1b[31m\\nb": 1'),
      [expect.stringMatching(/^f:7:1: a\?\[31m b: there is no such key/)],
    ],
  ])('%s', (_, yaml, expected) => {
    expect(check(yaml)).toEqual(expected)
  })

  test('what a variable holds is not told', () => {
    const yaml = and('mapping:\n  to: ${SECRET}\nlisten:\n  port: ${SECRET}')
    expect(check(yaml, { SECRET: 'hunter2' })).toEqual([
      'f:8:7: mapping.to: expected one of ocsf, json, otlp, ecs, snare, not ${SECRET}',
      'f:10:9: listen.port: expected an integer from 0 to 65535, not ${SECRET}',
    ])
  })
})

describe('variables', () => {
  const listen = (text: string, environment: Record<string, string> = {}) => {
    const config = check(and(`listen: ${text}`), environment)
    return Array.isArray(config) ? config : (config as { listen?: unknown }).listen
  }

  test.each<[string, Record<string, string>, unknown]>([
    ['{ host: "a${B}c" }', { B: 'b' }, { host: 'abc' }],
    ['{ host: "${A}${A}" }', { A: 'a' }, { host: 'aa' }],
    ['{ host: "${A:-b:-c}" }', {}, { host: 'b:-c' }],
    ['{ host: "${A:-b}" }', { A: '' }, { host: 'b' }],
    ['{ host: "$${A}" }', { A: 'a' }, { host: '${A}' }],
    ['{ host: "$A $" }', { A: 'a' }, { host: '$A $' }],
    ['{ host: "${A}" }', { A: '${B}' }, { host: '${B}' }],
    ['{ host: "${A}" }', { A: '80' }, { host: '80' }],
    ['{ host: "${A}" }', { A: "x', tls: {}, b: '" }, { host: "x', tls: {}, b: '" }],
    ['{ port: "${A:-80}" }', {}, { port: 80 }],
  ])('%s', (text, environment, expected) => {
    expect(listen(text, environment)).toEqual(expected)
  })

  test('keys are no place for them', () => {
    expect(check(and('${A}: 1'), { A: 'listen' })).toEqual([
      'f:7:1: ${A}: there is no such key; there are listen, endpoints, mapping, filters, output, limits, metrics',
    ])
  })
})

describe('flowlogs check-config', () => {
  function run(yaml: string, env: NodeJS.ProcessEnv = {}) {
    writeFileSync(join(folder, 'flowlogs.yaml'), yaml)
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [...command, 'check-config', 'flowlogs.yaml'],
      { cwd: folder, encoding: 'utf8', env: { ...process.env, ...env } },
    )
    return { status, stdout, stderr }
  }

  test('a good one', () => {
    expect(run(good)).toEqual({ status: 0, stdout: 'flowlogs.yaml is fine\n', stderr: '' })
  })

  test('a line for each mistake', () => {
    expect(run(and('metrics: 5\nlisten: 6'))).toEqual({
      status: 2,
      stdout: '',
      stderr:
        'flowlogs.yaml:7:10: metrics: expected an object, or true or false, not 5\n' +
        'flowlogs.yaml:8:9: listen: expected an object, not 6\n',
    })
  })

  test('what the output needs, in the words of the configuration', () => {
    expect(run(good.replace(/opensearch.*ocsf/, 'splunk+https://splunk:8088'))).toEqual({
      status: 2,
      stdout: '',
      stderr:
        "flowlogs: the token of Splunk's HTTP Event Collector is missing: set FLOWLOGS_SPLUNK_TOKEN, or FLOWLOGS_SPLUNK_TOKEN_FILE to the path of a file\n",
    })
    expect(run(good.replace('/ocsf', '/ocsf?sing=es')).stderr).toMatch(
      /^flowlogs: "sing" is no parameter of /,
    )
  })
})
