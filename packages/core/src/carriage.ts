/** Which fields an event is sure to carry, so that the rest of the fields need little asking. */
import { childrenOf, type Node } from './mapping.ts'

/** For the fields of a template: carried whenever present, or only on some lines. */
export interface Carriage {
  readonly always: ReadonlySet<string>
  readonly sometimes: ReadonlySet<string>
}

const known = new WeakMap<Node, Carriage>()

/** Analyses a template that was cut down to its format; once, though several ask. */
export function carriageOf(template: Node | undefined): Carriage {
  const carriage = (template && known.get(template)) ?? analyse(template)
  if (template) known.set(template, carriage)
  return carriage
}

function analyse(template: Node | undefined): Carriage {
  const always = template ? surely(template) : new Set<string>()
  const sometimes = new Set<string>()
  if (template) collect(template, sometimes)
  for (const key of always) sometimes.delete(key)
  return { always, sometimes }
}

/** The fields that the event carries on every line that has them. */
function surely(node: Node): Set<string> {
  switch (node.op) {
    case 'text':
    case 'number':
    case 'milliseconds':
    case 'nanoseconds': {
      const [first] = node.sources
      return new Set(typeof first === 'string' ? [first] : [])
    }
    case 'keyValues':
      return surely(node.node)
    case 'object':
      return union(childrenOf(node).map(surely))
    case 'list':
      // Without `distinct` every item is written; with it, a repeated value is carried elsewhere.
      return union(node.items.map(surely))
    case 'when':
      return intersection([surely(node.node), node.otherwise ? surely(node.otherwise) : new Set()])
    case 'choose': {
      // A value that no case knows is not carried.
      if (node.otherwise === undefined) return new Set()
      const matched = Object.values(node.cases).map((each) => surely(each).add(node.source))
      const present = intersection([...matched, surely(node.otherwise)])
      const absent = node.absent ? surely(node.absent) : new Set<string>()
      // A line without the source cannot fail to carry it.
      return intersection([present, absent.add(node.source)])
    }
    default:
      return new Set()
  }
}

/** Every field that some line may carry. */
function collect(node: Node, into: Set<string>): void {
  if ('sources' in node) {
    for (const source of node.sources) if (typeof source === 'string') into.add(source)
  }
  if (node.op === 'choose') into.add(node.source)
  for (const child of childrenOf(node)) collect(child, into)
}

function union(sets: readonly Set<string>[]): Set<string> {
  return new Set(sets.flatMap((set) => [...set]))
}

function intersection(sets: readonly Set<string>[]): Set<string> {
  const [first = new Set<string>(), ...others] = sets
  return new Set([...first].filter((key) => others.every((other) => other.has(key))))
}
