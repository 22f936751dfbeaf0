export { createSnareMapping } from './snare-record.ts'
