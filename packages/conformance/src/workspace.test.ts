import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, matchesGlob, relative, resolve, sep } from 'node:path'
import { expect, test } from 'vitest'

const root = resolve(import.meta.dirname, '../../..')

type Imports = readonly string[] | 'anything'

// Who may import whom, as ARCHITECTURE.md draws it. Examples may import anything but the CLI.
const adapter: Imports = ['@flowlogs/core']
const graph: { [folder: string]: Imports } = {
  'packages/core': [],
  'packages/conformance': [],
  'packages/aws': adapter,
  'packages/ecs': adapter,
  'packages/fluent': adapter,
  'packages/http': adapter,
  'packages/ocsf': adapter,
  'packages/opentelemetry': adapter,
  'packages/query': adapter,
  'packages/siem': adapter,
  'packages/snare': adapter,
  'packages/benchmarks': 'anything',
  'packages/cli': 'anything',
}

const topLevel = [
  '.changeset',
  '.ci',
  '.dockerignore',
  '.github',
  '.gitignore',
  'ARCHITECTURE.md',
  'CONTRIBUTING.md',
  'LICENSE',
  'README.md',
  'SCALING.md',
  'SECURITY.md',
  'biome.json',
  'docs',
  'examples',
  'package.json',
  'packages',
  'pnpm-lock.yaml',
  'pnpm-workspace.yaml',
  'tsconfig.base.json',
  'tsconfig.build.json',
  'tsconfig.json',
  'turbo.json',
  'vitest.config.ts',
]

interface Dependencies {
  [name: string]: string
}

interface Manifest {
  name: string
  dependencies?: Dependencies
  devDependencies?: Dependencies
  peerDependencies?: Dependencies
  optionalDependencies?: Dependencies
}

const folders = ['packages', 'examples']
  .flatMap((parent) => readdirSync(join(root, parent)).map((name) => `${parent}/${name}`))
  .filter((folder) => existsSync(join(root, folder, 'package.json')))

const manifests = new Map<string, Manifest>(
  folders.map((folder) => [
    folder,
    JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')),
  ]),
)

const workspaceNames = new Set([...manifests.values()].map(({ name }) => name))

/** Why `folder` may not stand on the workspace package `name`, or undefined when it may. */
function objectionToPackage(folder: string, name: string, inTest: boolean): string | undefined {
  if (name === '@flowlogs/conformance') return inTest ? undefined : 'is for tests only'
  const imports = folder.startsWith('examples/') ? 'anything' : (graph[folder] ?? [])
  if (imports !== 'anything') {
    return imports.includes(name) ? undefined : 'is not below this package'
  }
  const isRoot = [...manifests].some(
    ([other, manifest]) =>
      manifest.name === name && (other.startsWith('examples/') || graph[other] === 'anything'),
  )
  const isAmongExamples = folder.startsWith('examples/') && name.startsWith('@flowlogs/example-')
  return isRoot && !isAmongExamples ? 'is a composition root' : undefined
}

function objectionToImport(folder: string, file: string, specifier: string): string | undefined {
  const isTest = /\.test(?:-support)?\.ts$/.test(file)
  if (specifier.startsWith('.')) {
    const isInside = resolve(dirname(file), specifier).startsWith(join(root, folder) + sep)
    return isInside ? undefined : 'leaves its package'
  }
  if (folder === 'packages/core' && !isTest) return 'is foreign, and core imports nothing'
  const name = packageOf(specifier)
  const own = manifests.get(folder)
  if (specifier.startsWith('node:') || name === own?.name) return undefined
  if (workspaceNames.has(name)) return objectionToPackage(folder, name, isTest)
  const declared = { ...own?.dependencies, ...own?.peerDependencies }
  // Some packages are nothing but types.
  const isDeclared = name in declared || `@types/${name}` in declared
  return isDeclared || isTest ? undefined : 'is not a dependency of this package'
}

function packageOf(specifier: string): string {
  const depth = specifier.startsWith('@') ? 2 : 1
  return specifier.split('/').slice(0, depth).join('/')
}

const importPatterns = [
  /^\s*(?:import|export)\s+(?:[\w$*{},\s]+?\s)?from\s*['"]([^'"]+)['"]/gm,
  /^\s*(?:import|export)\s*\{[\w$*,\s]*\}\s*from\s*['"]([^'"]+)['"]/gm,
  /^\s*import\s*['"]([^'"]+)['"]/gm,
  /\b(?:import|require|import\.meta\.resolve)\(\s*['"]([^'"]+)['"]/g,
]

function importsOf(file: string): string[] {
  const text = readFileSync(file, 'utf8')
  const found = importPatterns.flatMap((pattern) => [...text.matchAll(pattern)])
  return [...new Set(found.map((match) => match[1] ?? ''))]
}

test('every package has its place in the graph', () => {
  const packages = folders.filter((folder) => folder.startsWith('packages/'))
  expect(packages.filter((folder) => !(folder in graph))).toEqual([])
})

test('sources import only what lies below their package', () => {
  const files = folders.flatMap((folder) =>
    globSync('src/**/*.{ts,tsx,mts,js,mjs}', { cwd: join(root, folder) }).map((file) => ({
      folder,
      file: join(root, folder, file),
    })),
  )
  expect(new Set(files.map(({ folder }) => folder))).toEqual(new Set(folders))
  const objections = files.flatMap(({ folder, file }) =>
    importsOf(file).flatMap((specifier) => {
      const objection = objectionToImport(folder, file, specifier)
      return objection ? [`${relative(root, file)}: '${specifier}' ${objection}`] : []
    }),
  )
  expect(objections).toEqual([])
})

test('manifests declare only what lies below their package', () => {
  const objections = [...manifests].flatMap(([folder, manifest]) => {
    const { dependencies, peerDependencies, optionalDependencies, devDependencies } = manifest
    const inSources = Object.keys({ ...dependencies, ...peerDependencies, ...optionalDependencies })
    const inTests = Object.keys({ ...devDependencies })
    return [
      ...inSources.map((name) => ({ name, inTest: false })),
      ...inTests.map((name) => ({ name, inTest: true })),
    ].flatMap(({ name, inTest }) => {
      const isForeignToCore = folder === 'packages/core' && !inTest
      const objection = workspaceNames.has(name)
        ? objectionToPackage(folder, name, inTest)
        : isForeignToCore && 'is foreign, and core depends on nothing'
      return objection ? [`${folder}: '${name}' ${objection}`] : []
    })
  })
  expect(objections).toEqual([])
})

test('the top level holds exactly what it should', () => {
  const ignored = readFileSync(join(root, '.gitignore'), 'utf8').split('\n').filter(Boolean)
  const entries = readdirSync(root).filter(
    (entry) => entry !== '.git' && !ignored.some((pattern) => matchesGlob(entry, pattern)),
  )
  expect(entries.sort()).toEqual(topLevel.sort())
})
