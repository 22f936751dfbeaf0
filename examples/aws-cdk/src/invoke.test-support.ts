/** Runs the code of a function as it is deployed, in a Node process of its own. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { propertiesOf, synthesize } from './template.test-support.ts'

/** What became of an event. */
export interface Invoked {
  readonly reply: unknown
  /** What the function wrote to its log, line by line, each of which is JSON. */
  readonly log: readonly unknown[]
}

const { directory, stacks } = synthesize()

// As the runtime does, which is given the event, the context, and awaits the reply.
const runtime = `
const { handler } = await import(process.argv[1])
const reply = await handler(JSON.parse(process.argv[2]), { getRemainingTimeInMillis: () => 30_000 })
console.log(JSON.stringify(reply))
`

/** Gives an event to the function of a stack; `values` are what the template's names stand for. */
export async function invoke(
  stackName: string,
  event: unknown,
  values: Readonly<Record<string, string>>,
): Promise<Invoked> {
  const { Environment } = propertiesOf(stackName, 'Transform') as {
    Environment: { Variables: Record<string, string> }
  }
  const variables = Object.entries(Environment.Variables).map(([name, value]) => [
    name,
    values[value] ?? value,
  ])
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--input-type=module', '--eval', runtime, bundleOf(stackName), JSON.stringify(event)],
    {
      env: {
        ...Object.fromEntries(variables),
        AWS_REGION: 'eu-central-1',
        AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
        AWS_SECRET_ACCESS_KEY: 'not a secret',
        ...(values.endpoint && { AWS_ENDPOINT_URL: values.endpoint }),
      },
    },
  )
  const lines = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  return { reply: lines.pop(), log: lines }
}

function bundleOf(stackName: string): string {
  const stack = stacks.find((each) => each.stackName === stackName)
  const functions: { Type: string; Properties: { Code: { S3Key: string } } }[] = Object.values(
    stack?.template.Resources ?? {},
  )
  const [key = ''] = functions
    .filter(({ Type }) => Type === 'AWS::Lambda::Function')
    .map(({ Properties }) => Properties.Code.S3Key)
  return join(directory, `asset.${key.replace('.zip', '')}`, 'index.mjs')
}
