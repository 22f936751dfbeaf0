import { existsSync, globSync, readFileSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { parse } from 'yaml'

/** A service, as far as anybody here looks. */
export interface Service {
  readonly image?: string
  readonly build?: object
  readonly command?: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
  readonly user?: string
  readonly read_only?: boolean
  readonly cap_drop?: readonly string[]
  readonly security_opt?: readonly string[]
  readonly mem_limit?: string
  readonly cpus?: number
  readonly pids_limit?: number
  readonly restart?: string
  readonly healthcheck?: { readonly test: readonly string[] }
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>
  readonly profiles?: readonly string[]
  readonly ports?: readonly string[]
  readonly volumes?: readonly string[]
  readonly secrets?: readonly string[]
}

/** A compose file. */
export interface ComposeFile {
  readonly services: Readonly<Record<string, Service>>
  readonly secrets?: Readonly<Record<string, { readonly file: string }>>
  /** The service whose outage nothing may be lost in. */
  readonly 'x-sink'?: string
  /** What is the real thing although its image is not, by service. */
  readonly 'x-real'?: Readonly<Record<string, string>>
  /** What stands in for the real thing, by service. */
  readonly 'x-stand-in'?: Readonly<Record<string, string>>
}

/** An example with docker. */
export interface Example {
  readonly name: string
  readonly folder: string
  readonly compose: ComposeFile
  /** What replaces images that cannot be pulled. */
  readonly standIns: ComposeFile
  /** Variables for the ports that are published. */
  readonly ports: readonly string[]
}

/** The files of an example, in the order in which compose merges them. */
export const composeFile = 'compose.yaml'
export const standInsFile = 'compose.stand-ins.yaml'

/** Every example with a compose file. */
export function findExamples(): Example[] {
  const examples = resolve(import.meta.dirname, '../..')
  return globSync(`*/${composeFile}`, { cwd: examples })
    .sort()
    .map((file) => {
      const folder = join(examples, dirname(file))
      const path = join(folder, composeFile)
      const compose = readCompose(path)
      const ports = readFileSync(path, 'utf8').match(/(?<=\$\{)\w+_PORT(?=:-)/g) ?? []
      const other = join(folder, standInsFile)
      const standIns = existsSync(other) ? readCompose(other) : { services: {} }
      return { name: basename(folder), folder, compose, standIns, ports }
    })
}

function readCompose(path: string): ComposeFile {
  return parse(readFileSync(path, 'utf8'), { merge: true })
}

/** The images that are not built here. */
export function imagesOf({ services }: ComposeFile): string[] {
  const images = Object.values(services).flatMap(({ image, build }) => (build ? [] : (image ?? [])))
  return [...new Set(images)]
}
