import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { AssetHashType, DockerImage } from 'aws-cdk-lib'
import { Code } from 'aws-cdk-lib/aws-lambda'
import { buildSync } from 'esbuild'

/** The code of a function, with everything that the source at a URL imports in one file. */
export function bundle(url: string): Code {
  const entry = fileURLToPath(url)
  return Code.fromAsset(dirname(entry), {
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      // CDK asks for an image, and never looks at it, since the bundling below does not refuse.
      // By the command it tells the functions apart.
      image: DockerImage.fromRegistry('none'),
      command: [entry],
      local: {
        tryBundle(outputFolder) {
          buildSync({
            entryPoints: [entry],
            outfile: join(outputFolder, 'index.mjs'),
            bundle: true,
            minify: true,
            platform: 'node',
            target: 'node22',
            format: 'esm',
            mainFields: ['module', 'main'],
            conditions: ['@flowlogs/source'],
            // CommonJS packages ask for Node's own modules in this way.
            banner: {
              js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url)",
            },
          })
          return true
        },
      },
    },
  })
}
