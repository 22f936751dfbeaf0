export { type AthenaTableOptions, toAthenaTable } from './athena-table.ts'
