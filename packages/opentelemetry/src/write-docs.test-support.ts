import { writeFileSync } from 'node:fs'
import { attributesDocument, writeAttributes } from './attributes-document.test-support.ts'

writeFileSync(attributesDocument, writeAttributes())
