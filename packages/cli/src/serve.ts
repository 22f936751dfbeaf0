/** `flowlogs serve`: flow logs arrive by HTTP, and events go to an output. */
import type { Command } from 'commander'

const help = `
The configuration says where to listen, what is served at which path, what lines become, and where
events go. check-config tells whether it is right; the editor completes it with
flowlogs.schema.json, which is part of this package. Secrets of the output come from the
environment, as for convert.

On SIGTERM and SIGINT no more requests are taken, those under way are finished, and the output is
flushed. Exit code: 0 after that, 1 when the server failed, 2 when the configuration is wrong.

Example:
  listen: { host: 0.0.0.0, port: 8443, tls: { cert_file: cert.pem, key_file: key.pem } }
  endpoints:
    - { path: /firehose, type: firehose, access_keys: ['\${FIREHOSE_KEY}'] }
  output: { url: 'opensearch+https://search:9200/ocsf' }`

/** Adds the command. */
export function addServe(program: Command, exit: (code: number) => void): void {
  program
    .command('serve')
    .description('Receive flow logs by HTTP, from Firehose, Vector and others.')
    .requiredOption('--config <file>', 'the configuration, as in flowlogs.yaml')
    .addHelpText('after', help)
    .action(async ({ config }: { readonly config: string }) => {
      // Only here, since it takes time to load.
      const { runServer } = await import('./serve-run.ts')
      await runServer(config)
      exit(0)
    })
}
