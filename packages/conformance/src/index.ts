export { type Case, casesFolder, type GoldenName, loadCases } from './cases.ts'
export * as certificates from './certificates.ts'
export { type Collector, findCollector, startCollector } from './collector.ts'
export { type CompiledModules, watchCompiledModules } from './compiled-modules.ts'
export { describeLanes, type LanesSubject } from './describe-lanes.ts'
export { type ExactJson, parseExactly } from './exact-json.ts'
export { describeFinding, type Finding, type FuzzReport, type FuzzSubject, fuzz } from './fuzz.ts'
export { findJavaPeer } from './java-peer.ts'
export { createJudge } from './judge.ts'
export { type LaneResult, laneDifference } from './lanes.ts'
export { mutate } from './mutate.ts'
export { describePeer, type Found } from './peers.ts'
export { createRandom, type Random } from './random.ts'
export {
  createLineGenerator,
  type FieldRow,
  isClean,
  type LineGenerator,
  randomFormat,
  unknownNames,
} from './random-lines.ts'
export { type Combinators, createRandomMapping, type RandomMapping } from './random-mapping.ts'
export { describeReadme } from './readme.ts'
export { runGo } from './run-go.ts'
export { type OcsfVersion, ocsfVersions } from './schema.ts'
export { type Adapter, describeConformance } from './suite.ts'
