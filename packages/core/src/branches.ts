/** One closure for each instruction of a plan that decides where to go on. */
import { createNumberFinder } from './case-finder.ts'
import type { Conversation } from './conversation.ts'
import { isInSample } from './conversation.ts'
import { isText, type Machine, noBytes, numberOf } from './machine.ts'
import { createNetworkTest } from './network.ts'
import { op, type Plan } from './plan.ts'
import { communityIdOf, isNew } from './steps.ts'
import { isSameValue, textOf } from './values.ts'

/** Whether the line goes on with the next instruction. */
export type Branch = (machine: Machine) => boolean

/** The columns of the conversation: addresses, ports, protocol; −1 where the format lacks one. */
export type ConversationColumns = readonly number[]

/** The branch of a conditional instruction, or undefined for any other. */
export function branchOf(
  [kind = -1, first = -1, second = -1, third = -1]: readonly number[],
  plan: Plan,
  literals: readonly Uint8Array[],
  columns: ConversationColumns,
): Branch | undefined {
  switch (kind) {
    case op.ifPresent:
      return ({ absent }) => absent[first] === 0
    case op.ifOrigin:
      return ({ origins }) => origins[first] !== noBytes
    case op.ifOriginTime:
      return ({ originTimes }) => (originTimes[first] as number) >= 0
    case op.ifText: {
      const text = literals[second] as Uint8Array
      return (machine) => machine.absent[first] === 0 && isText(machine, first, text)
    }
    case op.ifTextIgnoringCase: {
      const text = literals[second] as Uint8Array
      return (machine) => machine.absent[first] === 0 && isTextIgnoringCase(machine, first, text)
    }
    case op.ifDiffers:
      return (machine) =>
        machine.absent[first] === 0 &&
        machine.absent[second] === 0 &&
        !isSameValue(machine, first, second)
    case op.ifBits:
      return (machine) =>
        machine.absent[first] === 0 && (numberOf(machine, first) & second) === third
    case op.ifFamily: {
      const isSix = second === 6 ? 1 : 0
      return ({ isIPv6 }) => isIPv6[first] === isSix
    }
    case op.ifInOrder:
      return (machine) => numberOf(machine, second) >= numberOf(machine, first)
    case op.ifNew:
      return (machine) => isNew(machine, first)
    case op.ifNetwork: {
      const isInside = createNetworkTest(plan.networks[second] ?? [])
      return (machine) => isInside(textOf(machine, first))
    }
    case op.ifSample:
      return (machine) => isInSample(conversationOf(machine, columns), first / 1e6)
    case op.literals: {
      const find = createNumberFinder(first, plan.literalTables[second]?.numbers ?? [])
      return (machine) => {
        machine.found = find(machine)
        return machine.found !== 0
      }
    }
    case op.communityId:
      return (machine) => {
        const community = communityIdOf(machine, second, third, columns.slice(2))
        machine.community = community ?? ''
        return community !== undefined
      }
    default:
      return undefined
  }
}

function conversationOf(machine: Machine, columns: ConversationColumns): Conversation {
  const [srcaddr = '', dstaddr = '', srcport = '', dstport = '', protocol = ''] = columns.map(
    (column) => textOf(machine, column),
  )
  return { srcaddr, dstaddr, srcport, dstport, protocol }
}

function isTextIgnoringCase(
  { input, starts, ends }: Machine,
  column: number,
  lowerCase: Uint8Array,
): boolean {
  const start = starts[column] as number
  const { length } = lowerCase
  if ((ends[column] as number) - start !== length) return false
  for (let index = 0; index < length; index++) {
    const byte = input[start + index] as number
    if ((byte >= 65 && byte <= 90 ? byte | 32 : byte) !== lowerCase[index]) return false
  }
  return true
}
