import { execFile, execFileSync, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { App, Stack } from 'aws-cdk-lib'
import { CfnFlowLog } from 'aws-cdk-lib/aws-ec2'
import { expect, test, vi } from 'vitest'
import { stackNames, synthesize } from './template.test-support.ts'

const main = join(import.meta.dirname, 'main.ts')
// A namespace without a network, where the system has them.
const unshare = ['unshare', '--map-root-user', '--net'] as const
const hasNamespaces = spawnSync(unshare[0], [...unshare.slice(1), 'true']).status === 0
const apart = hasNamespaces ? unshare : []

const { directory } = synthesize()
const expected = templates(directory)

test('needs no credentials, no environment, no docker and no network, and the same comes out', () => {
  expect(synthesizeApart()).toStrictEqual(expected)
}, 120_000)

test.skipIf(!hasNamespaces)('has no network there', async () => {
  const server = createServer((_, response) => response.end()).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const program = `fetch('http://127.0.0.1:${port}').then(() => 'there', () => 'not there').then(console.log)`
  const [first = '', ...rest] = [...apart, process.execPath, '--eval', program]
  const { stdout } = await promisify(execFile)(first, rest)
  server.close()
  expect(stdout).toBe('not there\n')
})

// It comes with CDK and knows the properties of each resource, and what they may be.
test('CloudFormation’s own validator has nothing to say', () => {
  const wrong = new App({ outdir: mkdtempSync(join(directory, 'wrong-')) })
  const properties = { resourceId: 'vpc-1', resourceType: 'Network', trafficType: 'ALL' }
  new CfnFlowLog(new Stack(wrong, 'Wrong'), 'FlowLog', properties)
  const told = vi.spyOn(console, 'error').mockImplementation(() => {})
  expect(findings(wrong.synth().directory)).toEqual(['W3030'])
  told.mockRestore()
  expect(findings(directory)).toEqual([])
})

function findings(folder: string): string[] {
  const { pluginReports } = JSON.parse(readFileSync(join(folder, 'validation-report.json'), 'utf8'))
  return pluginReports.flatMap(({ violations }: { violations: { ruleName: string }[] }) =>
    violations.map(({ ruleName }) => ruleName),
  )
}

function synthesizeApart(): unknown {
  const folder = mkdtempSync(join(tmpdir(), 'flowlogs-cdk-'))
  const [program = '', ...rest] = [
    ...apart,
    process.execPath,
    '--conditions=@flowlogs/source',
    main,
  ]
  try {
    // Of the environment only where to write, and where `unshare` is.
    const env = { CDK_OUTDIR: folder, PATH: '/usr/bin:/bin' }
    execFileSync(program, rest, { env, stdio: 'pipe' })
    return templates(folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function templates(folder: string): Record<string, unknown> {
  const files = readdirSync(folder).filter((file) => file.endsWith('.template.json'))
  expect(files).toHaveLength(stackNames.length)
  return Object.fromEntries(
    files.map((file) => [file, JSON.parse(readFileSync(join(folder, file), 'utf8'))]),
  )
}
