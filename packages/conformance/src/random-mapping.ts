/** Random mappings, built from the combinators that are passed in. */
import type { Random } from './random.ts'

type Any = unknown

/** The combinators, as `@flowlogs/core` exports them. */
export interface Combinators {
  text(...sources: readonly Any[]): Any
  number(...sources: readonly Any[]): Any
  milliseconds(...sources: readonly Any[]): Any
  seconds(...sources: readonly Any[]): Any
  nanoseconds(...sources: readonly Any[]): Any
  datetime(...sources: readonly Any[]): Any
  shortDatetime(...sources: readonly Any[]): Any
  date(...sources: readonly Any[]): Any
  timeOfDay(...sources: readonly Any[]): Any
  duration(from: string, to: string): Any
  choose(source: string, cases: Readonly<Record<string, Any>>, otherwise?: Any, absent?: Any): Any
  when(condition: Any, template: Any, otherwise?: Any): Any
  object(...parts: readonly Any[]): Any
  distinct(attribute: string, items: readonly Any[]): Any
  document(template: Any): Any
  keyValues(template: Any): Any
  communityId(from: readonly string[], to: readonly string[]): Any
  origin(name: Any): Any
  readonly rest: Any
  readonly allFields: Any
  readonly id: Any
  readonly line: Any
  readonly lineLength: Any
  readonly now: Any
  readonly nowNanoseconds: Any
  readonly nowShortDatetime: Any
  is(source: string, ...values: readonly string[]): Any
  status(value: string): Any
  present(source: Any): Any
  differs(left: string, right: string): Any
  bits(source: string, mask: number, value: number): Any
  family(version: 4 | 6, ...sources: readonly string[]): Any
  hasTime(...sources: readonly Any[]): Any
  inNetwork(source: string, ...networks: readonly string[]): Any
  inSample(share: number): Any
  all(...conditions: readonly Any[]): Any
  any(...conditions: readonly Any[]): Any
  not(condition: Any): Any
}

/** Templates and conditions over the columns of a format. */
export interface RandomMapping {
  /** A template of an object. */
  template(): Any
  condition(): Any
}

const origins = ['account', 'region', 'logGroup', 'timestamp', 'line', 'eventId', 'key', 'record']
const words = ['ACCEPT', 'REJECT', 'OK', 'ingress', 'egress', '6', '17', '443', '0', '2', 'IPv4']
const networks = [
  '10.0.0.0/8',
  '10.0.0.1',
  '0.0.0.0/0',
  '2001:db8::/32',
  '::/0',
  '::1',
  '128.0.0.0/1',
]

/** Builds a generator of mappings for the columns of a format; a few sources are foreign to it. */
export function createRandomMapping(
  columns: readonly { readonly name: string; readonly kind: string }[],
  random: Random,
  make: Combinators,
): RandomMapping {
  const { pick, chance, below } = random
  const keys = columns.map(({ name }) => name.replaceAll('-', '_'))
  const keysOf = (kind: string): string[] =>
    keys.filter((_, index) => columns[index]!.kind === kind)
  const [times, addresses] = [keysOf('seconds'), keysOf('address')]
  let names = 0

  const key = (): string => (chance(0.05) ? pick(['not_there', 'start', 'bytes']) : pick(keys))
  /** Mostly a key of this kind, sometimes any. */
  const likely = (some: readonly string[]): string =>
    some.length > 0 && chance(0.85) ? pick(some) : key()
  const many = <Item>(most: number, item: () => Item): Item[] =>
    Array.from({ length: 1 + below(most) }, item)
  const source = (some: readonly string[] = keys): Any =>
    chance(0.1) ? make.origin(pick(origins)) : likely(some)
  const timeSource = (): Any => (chance(0.15) ? make.origin('timestamp') : likely(times))
  const name = (): string => `${pick(['a', 'b', 'é', '"', 'x y'])}${names++}`
  const constant = (): Any =>
    pick(['', 'text', 'a"b\\', '\u20ac', ',', 0, -1, 1.5, 1e21, true, false])

  function value(depth: number): Any {
    const kinds = depth > 0 ? 24 : 14
    switch (below(kinds)) {
      case 0:
        return constant()
      case 1:
      case 2:
        return make.text(...many(3, source))
      case 3:
        return make.text(...many(3, () => likely(addresses)))
      case 4:
      case 5:
        return make.number(...many(2, source))
      case 6:
        return make.milliseconds(...many(3, timeSource))
      case 7:
        return pick([make.seconds, make.nanoseconds])(...many(2, timeSource))
      case 8:
        return pick([make.datetime, make.shortDatetime, make.date, make.timeOfDay])(
          ...many(2, timeSource),
        )
      case 9:
        return make.duration(likely(times), likely(times))
      case 10:
        return pick([
          make.id,
          make.line,
          make.lineLength,
          make.now,
          make.nowNanoseconds,
          make.nowShortDatetime,
        ])
      case 11:
        return make.communityId(
          many(2, () => likely(addresses)),
          many(2, () => likely(addresses)),
        )
      case 12:
      case 13:
        return make.choose(key(), cases(constant), ...some(constant))
      case 14:
      case 15:
        return make.choose(
          key(),
          cases(() => value(depth - 1)),
          ...some(() => value(depth - 1)),
        )
      case 16:
      case 17:
        return make.when(condition(), value(depth - 1), ...some(() => value(depth - 1)).slice(0, 1))
      case 18:
        return many(3, () => value(depth - 1))
      case 19:
        return make.distinct(
          'value',
          many(4, () => item(2)),
        )
      case 20:
        return chance(0.2) ? make.document(template(depth - 1, chance(0.5))) : make.allFields
      case 21:
        return make.keyValues(chance(0.2) ? make.allFields : template(depth - 1, false))
      default:
        return template(depth - 1, false)
    }
  }

  function some(make: () => Any): Any[] {
    return many(3, make).slice(1)
  }

  function cases(make: () => Any): Record<string, Any> {
    return Object.fromEntries(
      many(4, () => [chance(0.2) ? String(below(300)) : pick(words), make()]),
    )
  }

  function item(depth: number): Any {
    const kind = depth > 0 ? below(4) : 0
    if (kind === 2)
      return make.when(condition(), item(depth - 1), ...some(() => item(0)).slice(0, 1))
    if (kind === 3)
      return make.choose(
        key(),
        cases(() => item(0)),
        ...some(() => item(0)),
      )
    const from = chance(0.7) ? addresses : keys
    const text = make.text(...many(3, () => (chance(0.05) ? source() : likely(from))))
    return chance(0.5) ? { name: constant(), value: text } : { value: text, type: 2 }
  }

  function template(depth: number, mayHaveRest: boolean): Any {
    const attributes = (): Any => Object.fromEntries(many(4, () => [name(), value(depth)] as const))
    const merged = (): Any =>
      chance(0.5)
        ? make.when(condition(), attributes(), ...some(attributes).slice(0, 1))
        : make.choose(key(), cases(attributes), ...some(attributes))
    const parts = many(3, () => (depth > 0 && chance(0.3) ? merged() : attributes()))
    if (!mayHaveRest) return make.object(...parts)
    const unmapped = chance(0.3) ? make.keyValues(make.rest) : make.rest
    const rest = chance(0.2) ? make.rest : { unmapped }
    return make.object(...parts, chance(0.1) ? make.when(condition(), rest) : rest)
  }

  function condition(depth = 2): Any {
    switch (below(depth > 0 ? 14 : 11)) {
      case 0:
        return make.is(key(), ...many(3, () => pick(words)).slice(chance(0.05) ? 3 : 0))
      case 1:
        return make.is(key(), pick(words))
      case 2:
        return make.status(pick(['OK', 'NODATA', 'skipdata']))
      case 3:
      case 4:
        return make.present(source())
      case 5:
        return make.differs(likely(addresses), likely(addresses))
      case 6:
        return make.bits(key(), pick([1, 2, 18, 255]), pick([0, 1, 2, 16]))
      case 7:
        return make.family(pick([4, 6]), ...many(3, () => likely(addresses)))
      case 8:
        return make.hasTime(...many(2, timeSource))
      case 9:
        return make.inNetwork(likely(addresses), ...many(2, () => pick(networks)))
      case 10:
        return make.inSample(pick([0, 0.25, 1 / 3, 0.9, 1]))
      case 11:
        return make.not(condition(depth - 1))
      case 12:
        return make.all(...many(3, () => condition(depth - 1)))
      default:
        return make.any(...many(3, () => condition(depth - 1)))
    }
  }

  return { template: () => template(2, chance(0.7)), condition: () => condition() }
}
