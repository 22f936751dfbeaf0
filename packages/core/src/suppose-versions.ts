/** The readings of some lines: one for each family of flow logs and each column that can be `version`. */
import { columnCandidates, linesWithAddress } from './column-candidates.ts'
import { fields, findField } from './fields.ts'
import type { LineColumns } from './line-columns.ts'
import { createContradictions, type Reading, readColumns } from './read-columns.ts'

const manyLines = 20

/** Every reading that the lines allow, the likeliest first. */
export function readAll(input: LineColumns, isStrict: boolean): readonly Reading[] {
  const { columns } = input
  if (columns.length === 0 || columns.length > fields.length) return []
  const hasAddress = linesWithAddress(input)
  const contradictions = createContradictions()
  const read = (family: 'vpc' | 'tgw', versionAt: number | undefined): Reading[] => {
    const reading = readColumns(input, hasAddress, contradictions, { family, versionAt, isStrict })
    return reading ? [reading] : []
  }
  const couldBeVersion = columns.filter(({ distinct, firstDash }) => {
    const [value = ''] = distinct.keys()
    return distinct.size === 1 && firstDash === undefined && /^(?:[2-57-9]|10|11)$/.test(value)
  })
  const withVersion = couldBeVersion.flatMap(({ index }) => read('vpc', index))
  const [plain] = withVersion
  if (!isStrict && couldBeVersion.length === 1 && plain && isPlainlyVersion(input, plain))
    return [plain, ...read('tgw', plain.versionAt)]
  return [...withVersion, ...read('vpc', undefined), ...read('tgw', undefined)]
}

/** What each column can be by itself: all that is left to say when nothing fits together. */
export function readAlone(input: LineColumns, isStrict: boolean): readonly Reading[] {
  const hasAddress = linesWithAddress(input)
  return (['vpc', 'tgw'] as const).map((family) => {
    const columns = input.columns.map((column) => {
      return columnCandidates(column, family, hasAddress, isStrict)
    })
    return {
      candidates: columns.map(({ fields }) => fields),
      conflicts: new Map(),
      struck: columns.map(({ struck }) => struck),
      versionAt: undefined,
      agrees: () => false,
    }
  })
}

/**
 * Whether the only constant number is the version beyond reasonable doubt: many lines, a field that
 * this version brought, and it comes first or is the same at several interfaces.
 */
function isPlainlyVersion({ columns, numbers }: LineColumns, reading: Reading): boolean {
  const { versionAt, candidates } = reading
  if (versionAt === undefined || numbers.length < manyLines) return false
  const value = Number([...(columns[versionAt]?.distinct.keys() ?? [])][0])
  const isFirst = versionAt === 0
  // Every field of version 2 is one that version 2 brought.
  const agrees = candidates.some((names) => {
    return value > 2 && [...names].every((name) => findField(name)?.version === value)
  })
  if (isFirst) return agrees || value === 2
  const isOfMany = columns.some(({ distinct }) => {
    const interfaces = [...distinct.keys()].filter((each) => each.startsWith('eni-'))
    return interfaces.length > 1
  })
  return agrees && isOfMany
}
