import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { App, Stack } from 'aws-cdk-lib'
import { CfnFlowLog } from 'aws-cdk-lib/aws-ec2'
import { expect, test } from 'vitest'
import { stackNames, synthesize } from './template.test-support.ts'

const main = join(import.meta.dirname, 'main.ts')
// A namespace without a network, where the system has them.
const alone = ['unshare', '--map-root-user', '--net']
const hasNamespaces = spawnSync(alone[0]!, [...alone.slice(1), 'true']).status === 0

const { directory } = synthesize()
const expected = templates(directory)

test('needs no credentials, no environment, no docker, and the same comes out', () => {
  expect(synthesizeApart([])).toStrictEqual(expected)
})

test.skipIf(!hasNamespaces)('needs no network', () => {
  expect(synthesizeApart(alone)).toStrictEqual(expected)
})

// It comes with CDK and knows the properties of each resource, and what they may be.
test('CloudFormation’s own validator has nothing to say', () => {
  const wrong = new App({ outdir: mkdtempSync(join(directory, 'wrong-')) })
  const properties = { resourceId: 'vpc-1', resourceType: 'Network', trafficType: 'ALL' }
  new CfnFlowLog(new Stack(wrong, 'Wrong'), 'FlowLog', properties)
  expect(findings(wrong.synth().directory)).toEqual(['W3030'])
  expect(findings(directory)).toEqual([])
})

function findings(folder: string): string[] {
  const { pluginReports } = JSON.parse(readFileSync(join(folder, 'validation-report.json'), 'utf8'))
  return pluginReports.flatMap(({ violations }: { violations: { ruleName: string }[] }) =>
    violations.map(({ ruleName }) => ruleName),
  )
}

function synthesizeApart(wrapper: readonly string[]): unknown {
  const folder = mkdtempSync(join(tmpdir(), 'flowlogs-cdk-'))
  const [program = '', ...rest] = [
    ...wrapper,
    process.execPath,
    '--conditions=@flowlogs/source',
    main,
  ]
  try {
    // Of the environment only where to write, and where `unshare` is.
    execFileSync(program, rest, {
      env: { CDK_OUTDIR: folder, ...(wrapper.length > 0 && { PATH: '/usr/bin:/bin' }) },
      stdio: 'pipe',
    })
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
