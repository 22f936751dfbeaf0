export {
  type AnswerFormat,
  createFlowDatabase,
  type FlowDatabase,
  type FlowDatabaseOptions,
} from './flow-database.ts'
export { loadMapping } from './load-mapping.ts'
