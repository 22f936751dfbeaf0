/** Which conversation a flow belongs to: both directions and all intervals of it have one number. */
import { createTextEncoder } from './platform.ts'
import { siphash128 } from './siphash.ts'

const key = new Uint8Array(16)
const encoder = createTextEncoder()

/** The ends of a flow, as text; absent values are empty. */
export interface Conversation {
  readonly srcaddr: string
  readonly dstaddr: string
  readonly srcport: string
  readonly dstport: string
  readonly protocol: string
}

/** The record keys of a conversation. */
export const conversationKeys = ['srcaddr', 'dstaddr', 'srcport', 'dstport', 'protocol'] as const

/** Whether the conversation belongs to a share of all conversations, 0 to 1 in millionths. */
export function isInSample(conversation: Conversation, share: number): boolean {
  const { srcaddr, dstaddr, srcport, dstport, protocol } = conversation
  const ends = [`${srcaddr} ${srcport}`, `${dstaddr} ${dstport}`].sort()
  const bytes = encoder.encode(`${ends.join(' ')} ${protocol}`)
  const hash = Number.parseInt(siphash128(bytes, bytes.length, key).slice(0, 12), 16)
  return hash % 1_000_000 < Math.round(share * 1_000_000)
}
