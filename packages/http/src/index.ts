export { createHttpTransform, type HttpTransformOptions } from './http-transform.ts'
