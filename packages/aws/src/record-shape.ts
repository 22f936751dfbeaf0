/** What the names of a record's members, or of a table's columns, say about it. */
import type { Field } from '@flowlogs/core'
import { findKnownName, type KnownName, plainName } from './field-aliases.ts'

/** The names of what may be a flow log record. */
export interface RecordShape {
  /** Members that have a name of their own in a format, in the order of the names. */
  readonly members: readonly Member[]
  /** Members whose field has a member with a better name. */
  readonly rivals: readonly Rival[]
  /** Whether records of other kinds do not have such names. */
  readonly isClear: boolean
  /** Whether all names are AWS's own. */
  readonly isExact: boolean
}

/** One member. */
export interface Member {
  /** Which of the names it has. */
  readonly index: number
  /** The name in a format, with dashes. */
  readonly name: string
  /** Undefined for a name that AWS has not published. */
  readonly field: Field | undefined
}

/** One member that says the same as another. */
export interface Rival {
  readonly index: number
  /** The member with the better name. */
  readonly winner: Member
  /** What it is called if it has to stand beside the winner; undefined if that name is taken. */
  readonly ownName: string | undefined
}

/** Why a flow log record cannot become a line. */
export interface ShapeProblem {
  readonly problem: string
}

/** With more, it is no flow log that something was added to. */
const maxUnknown = 32
/** Half of more cannot be fields. */
const maxNames = 256
const maxNameLength = 64

/** One of these is what the record is about … */
const subjects = /^(?:interface-id|tgw-id|tgw-attachment-id|(?:pkt-)?(?:src|dst)addr)$/
/** … and one of these is said about it. */
const facts = /^(?:(?:pkt-)?(?:src|dst)addr|(?:src|dst)port|packets|bytes|start|end|log-status)$/

/**
 * Reads the names of a record; undefined when it is none of a flow log, since fewer than two names
 * or fewer than half of them are fields of flow logs.
 */
export function recordShape(names: readonly string[]): RecordShape | ShapeProblem | undefined {
  if (names.length < 2 || names.length > maxNames) return undefined
  const known = knownNames(names)
  const found = known.filter((each) => each !== undefined)
  if (found.length < 2 || found.length * 2 < names.length) return undefined
  const clear = found.filter(({ isCommon }) => !isCommon).map(({ field }) => field.name)
  const isClear =
    clear.some((name) => subjects.test(name)) && clear.some((name) => facts.test(name))
  const placed =
    names.length - found.length > maxUnknown
      ? { problem: `more than ${maxUnknown} names that AWS has not published` }
      : place(names, known)
  // What is perhaps no flow log at all needs no reason.
  if ('problem' in placed) return isClear ? placed : undefined
  return { ...placed, isClear, isExact: known.every((each) => each?.rank === 0) }
}

function knownNames(names: readonly string[]): readonly (KnownName | undefined)[] {
  const plain = new Set(names.map(plainName))
  return names.map((name) => {
    const known = findKnownName(name)
    return known?.beside === undefined || plain.has(known.beside) ? known : undefined
  })
}

/** Finds the name of each member in a format. */
function place(
  names: readonly string[],
  known: readonly (KnownName | undefined)[],
): Pick<RecordShape, 'members' | 'rivals'> | ShapeProblem {
  const winners = findWinners(names, known)
  const taken = new Map<string, Member>()
  for (const [index, text] of names.entries()) {
    const field = known[index]?.field
    if (field !== undefined && winners.get(field) !== index) continue
    const name = field?.name ?? toFieldName(text)
    if (name === undefined) return { problem: `the name ${JSON.stringify(text.slice(0, 80))}` }
    if (taken.has(name)) return { problem: `two names that both mean "${name}"` }
    taken.set(name, { index, name, field })
  }
  const members = [...taken.values()]
  const free = new Map<string, number>()
  const rivals: Rival[] = []
  for (const [index, text] of names.entries()) {
    const winner = taken.get(known[index]?.field.name ?? '')
    if (winner === undefined || winner.index === index) continue
    const name = toFieldName(text)
    const isFree = name !== undefined && !taken.has(name) && !free.has(name)
    if (isFree) free.set(name, index)
    rivals.push({ index, winner, ownName: isFree ? name : undefined })
  }
  return { members, rivals }
}

/** For each field, which of the names is nearest to AWS's own. */
function findWinners(
  names: readonly string[],
  known: readonly (KnownName | undefined)[],
): ReadonlyMap<Field, number> {
  const winners = new Map<Field, number>()
  const inOrder = [...known.entries()].sort(
    ([left, one], [right, other]) =>
      (one?.rank ?? 0) - (other?.rank ?? 0) ||
      ((names[left] ?? '') < (names[right] ?? '') ? -1 : 1),
  )
  for (const [index, found] of inOrder) {
    if (found !== undefined && !winners.has(found.field)) winners.set(found.field, index)
  }
  return winners
}

/** A name in the shape of AWS's: lower-case words joined by dashes. */
function toFieldName(text: string): string | undefined {
  if (text.length > maxNameLength || /[^ -~]/.test(text)) return undefined
  const words = text
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
  if (words === '') return undefined
  // `@version` and `_type` are not what `version` and `type` are.
  return /^[a-z]/i.test(text) ? words : `x-${words}`
}
