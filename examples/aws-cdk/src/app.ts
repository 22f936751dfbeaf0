import { App, type AppProps, type Stack } from 'aws-cdk-lib'
import { createHttpEndpointStack } from './http-endpoint-stack.ts'
import { createKinesisStack } from './kinesis-stack.ts'
import { createOpenSearchStack } from './opensearch-stack.ts'
import { createSecurityLakeStack } from './security-lake-stack.ts'

/** Creates the four stacks, each of which stands alone. */
export function createApp(props: AppProps = {}): { app: App; stacks: readonly Stack[] } {
  const app = new App({ analyticsReporting: false, ...props })
  const stacks = [
    createOpenSearchStack(app),
    createHttpEndpointStack(app),
    createKinesisStack(app),
    createSecurityLakeStack(app),
  ]
  return { app, stacks }
}
