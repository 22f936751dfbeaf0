import { allFields } from './combinators.ts'
import { createMapping, type Mapping } from './mapping.ts'

/** The identity: flat JSON records with AWS's names, integers as numbers. */
export const recordMapping: Mapping = createMapping({ name: 'record', template: allFields })
