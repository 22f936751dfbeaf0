export { createEcsMapping, type EcsOptions } from './flow-document.ts'
