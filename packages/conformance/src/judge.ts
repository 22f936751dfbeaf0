import { existsSync, readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { type JsonSchema, networkActivitySchema, type OcsfVersion } from './schema.ts'
import { strictSchemas } from './strict-schemas.ts'

/** Says what is wrong with an event; an empty list when nothing is. */
export type Judge = (event: object) => readonly string[]

/**
 * A judge of OCSF Network Activity events of one version: our own schema and rules always, the full
 * OCSF schema and its overlay too where they are present.
 */
export function createJudge(version: OcsfVersion): Judge {
  const judges = [createOwnJudge(version)]
  if (strictSchemas !== undefined) judges.push(createStrictJudge(version, strictSchemas))
  return (event) => judges.flatMap((judge) => judge(event))
}

/** The judge that needs nothing beside this repository. */
export function createOwnJudge(version: OcsfVersion): Judge {
  const schema = compile('our schema', networkActivitySchema(version))
  return (event) => {
    const complaints = schema(event)
    return complaints.length > 0 ? complaints : mismatches(event as Valid)
  }
}

/** The judge by the full OCSF schema of a version. */
export function createStrictJudge(version: OcsfVersion, folder: string): Judge {
  const schema = compileFile(folder, `network_activity-${version}.schema.json`)
  const overlay = 'vpcflow-sanity.overlay.schema.json'
  if (!existsSync(join(folder, overlay))) return schema
  const sanity = compileFile(folder, overlay)
  return (event) => [...schema(event), ...sanity(event)]
}

/** A judge by a schema file. */
export function compileFile(folder: string, file: string): Judge {
  return compile(file, JSON.parse(readFileSync(join(folder, file), 'utf8')))
}

function compile(name: string, schema: JsonSchema): Judge {
  const ajv = new Ajv2020({ allErrors: true, strictRequired: false })
  // Node also takes a zone id, which is no part of an address.
  ajv.addFormat('ip', (text: string) => isIP(text) !== 0 && !text.includes('%'))
  const validate = ajv.compile(schema)
  return (event) => {
    if (validate(jsonOf(event))) return []
    return (validate.errors ?? []).map(
      ({ instancePath, message, params }) =>
        `${name}: ${instancePath || '/'} ${message} ${JSON.stringify(params)}`,
    )
  }
}

/** The part of a valid event that the rules look at. */
interface Valid {
  readonly start_time?: number
  readonly end_time?: number
  readonly duration?: number
  readonly observables?: readonly { readonly name: string; readonly value: string }[]
}

/** What no schema can say: an observable is found under its name, and a duration lies between its times. */
function mismatches(event: Valid): readonly string[] {
  const { observables = [], start_time = 0, end_time = 0, duration } = event
  const complaints = observables
    .filter(({ name, value }) => ![valueAt(event, name)].flat().includes(value))
    .map(({ name, value }) => `the observable ${name} is not ${value}`)
  if (duration !== undefined && duration !== end_time - start_time) {
    complaints.push(`the duration ${duration} is not from start_time to end_time`)
  }
  return complaints
}

function valueAt(event: object, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], event)
}

/** What the event is as JSON; a validator knows no bigint, and no key without a value. */
function jsonOf(event: object): unknown {
  return JSON.parse(
    JSON.stringify(event, (_, value) => (typeof value === 'bigint' ? Number(value) : value)),
  )
}
