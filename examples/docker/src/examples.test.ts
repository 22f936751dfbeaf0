/** What every example with docker keeps to, as far as it can be seen without docker. */
import { execFileSync } from 'node:child_process'
import {
  accessSync,
  constants,
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findExamples, imagesOf, type Service } from './compose-file.ts'

const root = resolve(import.meta.dirname, '../../..')
const examples = findExamples()

test('examples are found', () => {
  expect(examples.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['fluent', 'ocsf-opensearch', 'opentelemetry', 'splunk', 'vector']),
  )
})

describe.each(examples)('$name', ({ name, folder, compose, standIns }) => {
  const source = readFileSync(join(folder, 'compose.yaml'), 'utf8')
  const readme = readFileSync(join(folder, 'README.md'), 'utf8')
  const services = Object.entries(compose.services)
  const sink = compose['x-sink'] ?? ''
  let copy: string

  beforeAll(() => {
    copy = mkdtempSync(join(tmpdir(), 'flowlogs-example-'))
    cpSync(join(folder, 'secrets.sh'), join(copy, 'secrets.sh'))
    execFileSync(join(copy, 'secrets.sh'))
  })
  afterAll(() => rmSync(copy, { recursive: true }))

  test('both generations of compose take the file', () => {
    expect(Object.keys(compose)).not.toContain('version')
    expect(Object.keys(compose)).not.toContain('name')
    expect(services.filter(([, service]) => 'network_mode' in service)).toEqual([])
  })

  const isAdded = ([service]: readonly [string, Service]) => !(service in compose.services)
  const added = Object.entries(standIns.services).filter(isAdded)
  describe.each([...services, ...added])('service %s', (_, service) => {
    test('is not root, and can do little', () => {
      expect(service).toMatchObject({
        user: expect.stringMatching(/^(?!root|0).+/),
        cap_drop: ['ALL'],
        security_opt: ['no-new-privileges:true'],
        mem_limit: expect.stringMatching(/^\d+[mg]$/),
        cpus: expect.any(Number),
        pids_limit: expect.any(Number),
      })
    })

    test('is read-only, or says why it cannot be', () => {
      const text = sourceOf(service.image ?? '')
      expect(service.read_only || /^ +# .*cannot be read-only/m.test(text)).toBe(true)
    })

    test('has a health check, or ends', () => {
      if (isJob(service)) expect(service).not.toHaveProperty('healthcheck')
      else expect(service.healthcheck?.test[0]).toMatch(/^CMD/)
    })

    test('waits for what it needs: the health of a service, the end of a job', () => {
      for (const [other, { condition }] of Object.entries(service.depends_on ?? {})) {
        const ends = isJob(compose.services[other] ?? {})
        expect(condition).toBe(ends ? 'service_completed_successfully' : 'service_healthy')
      }
    })

    test('publishes ports on this machine only, where they can be moved', () => {
      for (const port of service.ports ?? []) {
        expect(port).toMatch(/^127\.0\.0\.1:\$\{[A-Z]+_PORT:-\d+\}:\d+$/)
      }
    })

    test('has an image with a tag that was seen somewhere, or is built here and runs a file', () => {
      if (!service.image?.startsWith('flowlogs-example/')) {
        expect(service.image).toMatch(/^[^:]+:[^:]*\d[^:]*$/)
        expect(sourceOf(service.image ?? '')).toMatch(/^ +# .*https:\/\/.*\n +image:/m)
        return
      }
      expect(service.image).toMatch(/^flowlogs-example\/\w[\w-]*:local$/)
      const [file = ''] = service.command ?? []
      expect(existsSync(join(root, file))).toBe(true)
    })
  })

  /** The lines of the service with this image. */
  function sourceOf(image: string): string {
    const parts = source.split(/^(?= {2}\S+:$)/m)
    return parts.find((part) => part.includes(`image: ${image}\n`)) ?? ''
  }

  test('stand-ins replace services, and are built here', () => {
    for (const [, { image }] of Object.entries(standIns.services)) {
      if (image === undefined) continue
      const [, standIn] = /^flowlogs-stand-in\/([\w-]+):[\w.]+$/.exec(image) ?? []
      if (standIn === undefined) expect(image).toMatch(/^flowlogs-example\//)
      else
        expect(isProgram(join(root, 'examples/docker/stand-ins', standIn, 'build.sh'))).toBe(true)
    }
    const replaced = Object.entries(standIns.services).filter(([, { profiles }]) => !profiles)
    const told = { ...standIns['x-real'], ...standIns['x-stand-in'] }
    expect(Object.keys(told)).toEqual(expect.arrayContaining(replaced.map(([service]) => service)))
  })

  test('every image of others is replaced or left out where it cannot be pulled', () => {
    const left = services.filter(
      ([service, { build }]) => build === undefined && !(service in standIns.services),
    )
    expect(left).toEqual([])
  })

  test('secrets are files that a script makes, once, and git ignores', () => {
    const files = Object.values(compose.secrets ?? {}).map(({ file }) => file)
    expect(files.every((file) => file.startsWith('./secrets/'))).toBe(true)
    const before = files.map((file) => readFileSync(join(copy, file), 'utf8'))
    expect(before.every((secret) => secret.trim().length >= 32)).toBe(true)
    expect(new Set(before).size).toBe(files.length)
    execFileSync(join(copy, 'secrets.sh'))
    expect(files.map((file) => readFileSync(join(copy, file), 'utf8'))).toEqual(before)
    expect(readFileSync(join(root, '.gitignore'), 'utf8').split('\n')).toContain('secrets')
  })

  const config = join(folder, 'flowlogs.yaml')
  const hasConfig = existsSync(config)
  if (hasConfig)
    test('flowlogs check-config takes flowlogs.yaml', () => {
      const given = compose.services.flowlogs?.environment ?? {}
      const here = (text: string) => text.replaceAll('/run/secrets/', `${join(copy, 'secrets')}/`)
      const environment = Object.entries(given).map(([key, value]) => [key, here(value)])
      const program = join(root, 'packages/cli/src/main.ts')
      writeFileSync(join(copy, 'flowlogs.yaml'), here(readFileSync(config, 'utf8')))
      const said = execFileSync(
        process.execPath,
        ['--conditions=@flowlogs/source', program, 'check-config', 'flowlogs.yaml'],
        { cwd: copy, env: { ...process.env, ...Object.fromEntries(environment) } },
      )
      expect(String(said)).toBe('flowlogs.yaml is fine\n')
    })

  test('the README says how to run it, check it, break it, and what was not run', () => {
    const sections = [...readme.matchAll(/^## (.+)$/gm)].map(([, title]) => title)
    expect(sections).toEqual([
      'Run it',
      'What to look at',
      'Break it',
      'Real Firehose',
      'With the published package',
      'Not run',
    ])
    expect(readme).toMatch(/^```\n┌.*┐\n(.*\n)+?└.*┘/m)
    for (const command of ['./secrets.sh', 'docker compose up', './check']) {
      expect(readme).toContain(`\n${command}`)
    }
    expect(readme).toContain(
      `docker compose stop ${sink}\nsleep 60\ndocker compose start ${sink}\n`,
    )
    const [, notRun = ''] = readme.split('## Not run')
    for (const image of [...imagesOf(compose), 'node:24-bookworm-slim']) {
      expect(notRun).toContain(`- \`${image}\``)
    }
    const [, dockerfile = ''] = /^```dockerfile\n([\s\S]+?)^```/m.exec(readme) ?? []
    expect(dockerfile.trim().split('\n')).toHaveLength(5)
    expect(readFileSync(join(root, 'examples/README.md'), 'utf8')).toContain(`](${name}#readme)`)
  })

  test('links of the README lead somewhere, and its programs are there', () => {
    for (const [, target = ''] of readme.matchAll(/\]\((?!https?:)([^)#]+)/g)) {
      expect(existsSync(join(folder, target))).toBe(true)
    }
    for (const file of ['check', 'secrets.sh']) expect(isProgram(join(folder, file))).toBe(true)
    for (const [, service = ''] of readme.matchAll(
      /docker compose (?:stop|start|kill|logs|exec) ([\w-]+)/g,
    )) {
      expect(compose.services).toHaveProperty(service)
    }
  })
})

/** A job ends; other services are started again when they do. */
function isJob({ restart }: Service): boolean {
  return restart === 'no'
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
