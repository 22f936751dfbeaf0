/** Templates in a form that can be read and compared. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CloudAssembly } from 'aws-cdk-lib/cx-api'
import { createApp } from './app.ts'

/** A resource; what refers to others says `${Name}` or `${Name.Attribute}`. */
export interface Resource {
  readonly Type: string
  readonly Properties: Readonly<Record<string, unknown>>
  readonly DeletionPolicy?: 'Retain' | 'Delete'
}

/** Resources by their names without the hash. */
export type Resources = Readonly<Record<string, Resource>>

/** A statement of an IAM policy. */
export interface Statement {
  readonly Effect: 'Allow' | 'Deny'
  readonly Action: string | readonly string[]
  readonly Resource: string | readonly string[]
  readonly Principal?: unknown
  readonly Condition?: unknown
}

/** Writes what the app writes, for the time that the process runs. */
export function synthesize(context: Readonly<Record<string, unknown>> = {}): CloudAssembly {
  const folder = mkdtempSync(join(tmpdir(), 'flowlogs-cdk-'))
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  return createApp({ outdir: folder, context }).app.synth()
}

/** The templates; the code of the functions is left out. */
export const assembly: CloudAssembly = synthesize({ 'aws:cdk:bundling-stacks': [] })

/** The names of the stacks. */
export const stackNames: readonly string[] = assembly.stacks.map(({ stackName }) => stackName)

/** The resources of a stack. */
export function resourcesOf(stackName: string): Resources {
  const { Resources } = assembly.getStackByName(stackName).template
  return Object.fromEntries(
    Object.entries(Resources).map(([id, resource]) => {
      const readable = toReadable(resource) as Resource
      return [nameOf(id), { ...readable, Properties: readable.Properties ?? {} }]
    }),
  )
}

/** The properties of a resource. */
export function propertiesOf(stackName: string, name: string): Resource['Properties'] {
  const resource = resourcesOf(stackName)[name]
  if (!resource) throw new Error(`${stackName} has no ${name}`)
  return resource.Properties
}

/** What each role of a stack may do. */
export function permissionsOf(stackName: string): Record<string, Statement[]> {
  const policies = Object.values(resourcesOf(stackName)).filter(
    ({ Type }) => Type === 'AWS::IAM::Policy',
  )
  return Object.fromEntries(
    policies.map(({ Properties }) => {
      const { Roles, PolicyDocument } = Properties as {
        Roles: string[]
        PolicyDocument: { Statement: Statement[] }
      }
      return [Roles.join(), PolicyDocument.Statement]
    }),
  )
}

function toReadable(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toReadable)
  if (typeof value !== 'object' || value === null) return value
  const [[key, inner] = ['', undefined], ...others] = Object.entries(value)
  if (others.length === 0) {
    if (key === 'Ref') return `\${${nameOf(String(inner))}}`
    if (key === 'Fn::GetAtt') return `\${${nameOf(inner[0])}.${inner[1]}}`
    if (key === 'Fn::Join') return (toReadable(inner[1]) as string[]).join(inner[0])
  }
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, toReadable(each)]))
}

/** CDK puts a hash behind the names of what it makes itself. */
function nameOf(id: string): string {
  return id.replace(/[0-9A-F]{8}$/, '')
}
