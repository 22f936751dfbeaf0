/** The paths that lines have taken so far, as a tree of questions under each set of absent columns. */

import { outcome } from './blocks.ts'
import { branchOf, type ConversationColumns } from './branches.ts'
import { createCaseFinder, createNumberFinder } from './case-finder.ts'
import type { Format } from './format.ts'
import { isSame, type Machine } from './machine.ts'
import { followPlan, type PathContext, pathOp, type Question } from './path.ts'
import { op, type Plan } from './plan.ts'
import { createTextEncoder } from './platform.ts'
import { createProgram, type Program } from './program.ts'
import { communityStep, stepOf } from './steps.ts'
import { isSameValue } from './values.ts'

/** A question with what comes after each answer. */
interface Fork {
  readonly ask: (machine: Machine) => number
  readonly key: string
  readonly answers: ReadonlyMap<string, number>
  readonly children: (Program | Fork | undefined)[]
}

/** Finds the program of the scanned line; undefined while it is too rare to have one. */
export type FindProgram = (machine: Machine) => Program | undefined

// Hostile lines could take paths without end; beyond these the plan is executed step by step.
const maxPrograms = 2048
const maxColumns = 60

/** Builds the tree of a plan, which grows with the lines; undefined for a format of too many columns. */
export function createPathTree(
  plan: Plan,
  format: Format,
  conversation: ConversationColumns,
): FindProgram | undefined {
  if (format.columns.length > maxColumns) return undefined
  const encoder = createTextEncoder()
  const literals = plan.literals.map((text) => encoder.encode(text))
  const roots = new Map<number, Map<number, Program | Fork | 'seen'>>()
  let programs = 0
  let lastLow = -1
  let lastHigh = -1
  let lastRoot: Program | Fork | undefined

  const context: PathContext = {
    plan,
    stepOf: (instruction) =>
      (instruction[0] === op.communityId
        ? communityStep(instruction, conversation.slice(2))
        : stepOf(instruction, literals)) ?? ((_, end) => end),
    bail: outcome.bail,
    keepOut: outcome.keepOut,
    filter: outcome.filter,
  }

  function grow(absent: Uint8Array, answers: ReadonlyMap<string, number>): Program | Fork {
    const found = followPlan(context, absent, answers)
    if ('key' in found) {
      return { ask: asker(found), key: found.key, answers, children: [] }
    }
    programs++
    return createProgram(found)
  }

  function asker({ instruction }: Question): (machine: Machine) => number {
    const [kind, first = -1, second = -1] = instruction
    if (kind === pathOp.sameBytes) return (machine) => Number(isSame(machine, first, second))
    if (kind === pathOp.sameValue) return (machine) => Number(isSameValue(machine, first, second))
    if (kind === op.choose) {
      return createCaseFinder(format, first, plan.tables[second]?.cases ?? [])
    }
    if (kind === op.literals) {
      return createNumberFinder(first, plan.literalTables[second]?.numbers ?? [])
    }
    const branch = branchOf([...instruction, -1], plan, literals, conversation)
    return (machine) => (branch?.(machine) ? 1 : 0)
  }

  /** The root for the absent columns; a set that is met for the first time has none yet. */
  function rootOf({
    absent,
    absentLow: low,
    absentHigh: high,
  }: Machine): Program | Fork | undefined {
    let byHigh = roots.get(low)
    if (byHigh === undefined) {
      byHigh = new Map()
      roots.set(low, byHigh)
    }
    const known = byHigh.get(high)
    if (known === undefined) {
      if (programs < maxPrograms) byHigh.set(high, 'seen')
      return undefined
    }
    if (known !== 'seen') return known
    if (programs >= maxPrograms) return undefined
    const root = grow(absent, new Map())
    byHigh.set(high, root)
    return root
  }

  return (machine) => {
    const { absentLow: low, absentHigh: high } = machine
    if (low !== lastLow || high !== lastHigh || lastRoot === undefined) {
      lastRoot = rootOf(machine)
      lastLow = low
      lastHigh = high
    }
    let node = lastRoot
    while (node !== undefined && 'ask' in node) {
      const answer = node.ask(machine)
      let child: Program | Fork | undefined = node.children[answer]
      if (child === undefined && programs < maxPrograms) {
        child = grow(machine.absent, new Map(node.answers).set(node.key, answer))
        node.children[answer] = child
      }
      node = child
    }
    return node
  }
}
