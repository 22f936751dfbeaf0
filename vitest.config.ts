import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join, sep } from 'node:path'
import { defaultServerConditions, type Plugin } from 'vite'
import { defineConfig } from 'vitest/config'

const root = import.meta.dirname
const isBuilt = Boolean(process.env.DIST)
// PEERS=1: only the tests against real programs of others, which are left out otherwise.
const withPeers = Boolean(process.env.PEERS)

const folders = ['packages', 'examples'].flatMap((parent) =>
  readdirSync(join(root, parent))
    .map((name) => ({
      name: parent === 'packages' ? name : `example-${name}`,
      path: join(root, parent, name),
    }))
    .filter(({ path }) => existsSync(join(path, 'package.json'))),
)

// DIST=1: packages resolve to what they publish, and a test's relative import of a source file
// becomes that file's build, so the same tests judge the built packages. Without pnpm around,
// turbo cannot run and the build that is there is used.
if (isBuilt && process.env.npm_config_user_agent?.startsWith('pnpm')) {
  const turbo = join(root, 'node_modules/.bin/turbo')
  execFileSync(turbo, ['run', 'build', '--output-logs=errors-only'], {
    cwd: root,
    stdio: 'inherit',
  })
}

const useBuild: Plugin = {
  name: 'use-build',
  enforce: 'pre',
  async resolveId(specifier, importer, options) {
    if (!importer) return null
    const resolved = await this.resolve(specifier, importer, { ...options, skipSelf: true })
    const built = resolved && buildOf(resolved.id)
    if (!built) return resolved
    if (!existsSync(built)) throw new Error(`${built} is missing: run pnpm build`)
    return built
  },
}

function buildOf(path: string): string | undefined {
  if (!path.endsWith('.ts') || /\.test(?:-support)?\.ts$/.test(path)) return undefined
  const folder = folders.find((candidate) => path.startsWith(join(candidate.path, 'src') + sep))
  if (!folder || !existsSync(join(folder.path, 'tsconfig.build.json'))) return undefined
  const name = path.slice(join(folder.path, 'src').length, -'.ts'.length)
  return join(folder.path, 'dist', `${name}.js`)
}

// `module` is for bundlers: the AWS SDK has code there that Node cannot load.
const conditions = [
  ...(isBuilt ? [] : ['@flowlogs/source']),
  ...defaultServerConditions.filter((condition) => condition !== 'module'),
]

export default defineConfig({
  test: {
    // Says at the end which tests were left out.
    globalSetup: join(root, 'packages/conformance/src/strict-schemas.ts'),
    projects: folders.map(({ name, path }) => ({
      // Otherwise this file, and with it the build, runs once for every project.
      extends: false,
      root: path,
      plugins: isBuilt ? [useBuild] : [],
      resolve: { conditions },
      ssr: { resolve: { conditions } },
      // Property tests take their time on a busy machine.
      test: {
        name,
        include: [withPeers ? 'src/**/*.peers.test.ts' : 'src/**/*.test.ts'],
        exclude: withPeers ? [] : ['src/**/*.peers.test.ts'],
        testTimeout: 60_000,
      },
    })),
    coverage: {
      // Relative to each project.
      include: ['src/**/*.ts'],
      exclude: ['**/*.test.ts', '**/*.test-support.ts'],
      reporter: [['text', { skipFull: true }], 'html'],
      thresholds: { 'packages/core/src/{parser,address}.ts': { branches: 100 } },
    },
  },
})
