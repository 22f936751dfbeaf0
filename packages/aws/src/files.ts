export { parseS3Key, type S3KeyParts } from './s3-key.ts'
export { transformStream } from './transform-stream.ts'
