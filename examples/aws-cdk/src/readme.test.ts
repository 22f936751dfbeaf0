import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { assembly, resourcesOf, stackNames } from './template.test-support.ts'

const readme = readFileSync(resolve(import.meta.dirname, '../README.md'), 'utf8')

test.each(stackNames)('the README tells of %s, its parameters and its alarms', (name) => {
  const { Parameters } = assembly.getStackByName(name).template
  const parameters = Object.keys(Parameters).filter((each) => each !== 'BootstrapVersion')
  const alarms = Object.entries(resourcesOf(name))
    .filter(([, { Type }]) => Type === 'AWS::CloudWatch::Alarm')
    .map(([alarm]) => alarm)
  expect(parameters).toContain('VpcId')
  expect(alarms.length).toBeGreaterThan(2)
  const words = [name, ...parameters, ...alarms]
  expect(words.filter((word) => !readme.includes(`\`${word}\``))).toEqual([])
})
