/**
 * What a kernel asks its host: whether an address lies in a network, whether a conversation belongs
 * to a sample, what the Community ID of a flow is, whether two texts are spellings of one address.
 * Few lines want to know, and the answers are long to compute, so that a call does not matter.
 */
import { sameAddress } from './address.ts'
import { toCommunityId } from './community-id.ts'
import { conversationKeys, isInSample } from './conversation.ts'
import type { Format } from './format.ts'
import type { KernelDemands } from './kernel-demands.ts'
import { layout } from './kernel-layout.ts'
import type { KernelMemory } from './kernel-memory.ts'
import { createNetworkTest } from './network.ts'
import { pathOp } from './path.ts'
import { op } from './plan.ts'
import { createTextDecoder, createTextEncoder } from './platform.ts'

/** The values of a line as text; undefined where one is absent, or the format has no such column. */
type TextOf = (column: number) => string | undefined

/** Answers with a number; a text is left at `layout.answer`, and its length is the answer. */
type Answer = (textOf: TextOf) => number | string

/** The questions of a plan, by number. */
export interface Questions {
  /** The number of the question that an instruction asks; a new one if it is not known. */
  indexOf(instruction: readonly number[]): number
  /** The function of the host: `(question, delimiters)`. */
  answerIn(memory: Pick<KernelMemory, 'bytes' | 'words'>): (question: number, at: number) => number
}

/** The questions of some demands. */
export function createQuestions(
  { networks, questions }: Pick<KernelDemands, 'networks' | 'questions'>,
  { columns }: Format,
): Questions {
  const conversation = conversationKeys.map((key) =>
    columns.findIndex((column) => column.key === key),
  )

  function answerOf([kind, first = -1, second = -1, third = -1]: readonly number[]): Answer {
    if (kind === op.ifNetwork) {
      const isInside = createNetworkTest(networks[second] ?? [])
      return (textOf) => Number(isInside(textOf(first) ?? ''))
    }
    if (kind === op.ifSample) {
      return (textOf) => {
        const [srcaddr = '', dstaddr = '', srcport = '', dstport = '', protocol = ''] =
          conversation.map(textOf)
        return Number(isInSample({ srcaddr, dstaddr, srcport, dstport, protocol }, first / 1e6))
      }
    }
    if (kind === pathOp.sameValue) {
      return (textOf) => Number(sameAddress(textOf(first) ?? '', textOf(second) ?? ''))
    }
    return (textOf) => {
      const [srcport, dstport, protocol] = conversation.slice(2).map((column) => {
        const text = textOf(column)
        return text === undefined ? undefined : Number(text)
      })
      if (protocol === undefined) return ''
      const ends = [textOf(second) ?? '', textOf(third) ?? ''] as const
      return toCommunityId(...ends, protocol, srcport, dstport) ?? ''
    }
  }

  return {
    indexOf(instruction) {
      const key = instruction.join(' ')
      const known = questions.findIndex((question) => question.join(' ') === key)
      return known === -1 ? questions.push(instruction) - 1 : known
    },
    answerIn({ bytes, words }) {
      const decoder = createTextDecoder(false)
      const encoder = createTextEncoder()
      const answers = questions.map(answerOf)
      return (question, at) => {
        const answer = answers[question]?.((column) => {
          if (column === -1) return undefined
          const place = at / 4 + column
          const from = (words[place] as number) + 1
          const text = decoder.decode(bytes.subarray(from, words[place + 1]))
          return text === '-' ? undefined : text
        })
        if (typeof answer !== 'string') return answer ?? 0
        return encoder.encodeInto(answer, bytes.subarray(layout.answer, layout.answer + 256))
          .written
      }
    },
  }
}
