export { createOcsfMapper } from './mapper.ts'
export { createOcsfMapping } from './network-activity.ts'
export type { OcsfOptions, OcsfOptionsInput } from './options.ts'
export { type OcsfVersion, ocsfVersions } from './version.ts'
