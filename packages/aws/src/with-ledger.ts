/** A reply to AWS that also tells its caller the ledger. */
import type { Ledger } from '@flowlogs/core'

/** The ledger is not enumerable: AWS, which reads the reply as JSON, does not see it. */
export type WithLedger<Reply> = Reply & { readonly ledger: Ledger }

/** Attaches the ledger of an invocation to its reply. */
export function withLedger<Reply extends object>(reply: Reply, ledger: Ledger): WithLedger<Reply> {
  return Object.defineProperty(reply, 'ledger', { value: ledger }) as WithLedger<Reply>
}
