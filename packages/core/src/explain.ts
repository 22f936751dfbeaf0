/** What a mapping does, in words: for each attribute of the target, its fields and its rule. */
import type { Format } from './format.ts'
import type { Condition, Mapping, Node, Source } from './mapping.ts'
import { specialise } from './specialise.ts'

/** How one attribute comes about. */
export interface Explanation {
  /** The path in the target document: `src_endpoint.ip`. */
  readonly attribute: string
  /** The record keys that decide it or go into it; `origin.…` is what the delivery knows. */
  readonly fields: readonly string[]
  readonly rule: string
}

/** One way in which an attribute is written. */
interface Leaf {
  readonly path: string
  readonly fields: readonly string[]
  readonly value: string
  readonly conditions: readonly string[]
}

/** Explains a mapping, or what is left of it for a format, attribute by attribute. */
export function explainMapping(mapping: Mapping, format?: Format): readonly Explanation[] {
  const keys = format && new Set(format.columns.map((column) => column.key))
  const template = keys ? specialise(mapping, keys).template : mapping.template
  const leaves = template ? walk(template, { path: [], fields: [], conditions: [] }) : []
  const paths = [...new Set(leaves.map((leaf) => leaf.path))]
  return paths.map((attribute) => {
    const ways = leaves.filter((leaf) => leaf.path === attribute)
    return {
      attribute,
      fields: [...new Set(ways.flatMap((way) => way.fields))],
      rule: abbreviate([...new Set(ways.map(sentence))]),
    }
  })
}

const shown = 12

function abbreviate(sentences: readonly string[]): string {
  if (sentences.length <= shown) return sentences.join('; ')
  return `${sentences.slice(0, shown).join('; ')}; … ${sentences.length} cases`
}

function sentence({ value, conditions }: Leaf): string {
  return conditions.length === 0 ? value : `${conditions.join(' and ')}: ${value}`
}

interface Place {
  readonly path: readonly string[]
  readonly fields: readonly string[]
  readonly conditions: readonly string[]
}

function walk(node: Node, place: Place): readonly Leaf[] {
  const leaf = (value: string, sources: readonly Source[] = []): readonly Leaf[] => [
    {
      path: place.path.join('.'),
      fields: [...place.fields, ...sources.map(nameOf)],
      value,
      conditions: place.conditions,
    },
  ]
  switch (node.op) {
    case 'constant':
      return leaf(JSON.stringify(node.value))
    case 'text':
    case 'number':
    case 'milliseconds':
    case 'seconds':
    case 'nanoseconds':
    case 'datetime':
    case 'shortDatetime':
    case 'date':
    case 'timeOfDay':
      return leaf(pickWords[node.op](choice(node.sources)), node.sources)
    case 'duration':
      return leaf(`milliseconds from ${node.from} to ${node.to}`, [node.from, node.to])
    case 'communityId':
      return leaf('the Community ID of the flow', [...node.from, ...node.to, 'protocol'])
    case 'id':
      return leaf('the deterministic id of the line')
    case 'line':
      return leaf('the line as it came')
    case 'lineLength':
      return leaf('how many bytes the line has')
    case 'now':
      return leaf('the time of mapping, in Unix milliseconds')
    case 'nowNanoseconds':
      return leaf('the time of mapping, in Unix nanoseconds')
    case 'nowShortDatetime':
      return leaf('the time of mapping, as RFC 3339 text')
    case 'rest':
      return leaf('every field that nothing else carries, as text under its own name')
    case 'fields':
      return leaf('every field under its own name')
    case 'document':
    case 'keyValues':
      return walk(node.node, place)
    case 'list':
      return node.items.flatMap((item) => walk(item, place))
    case 'object':
      return node.parts.flatMap((part) =>
        'merge' in part
          ? walk(part.merge, place)
          : walk(part.node, { ...place, path: [...place.path, part.attribute] }),
      )
    case 'when': {
      const fields = [...place.fields, ...fieldsOf(node.condition)]
      const condition = describeCondition(node.condition)
      const yes = { ...place, fields, conditions: [...place.conditions, condition] }
      const no = { ...place, fields, conditions: [...place.conditions, `not (${condition})`] }
      return [...walk(node.node, yes), ...(node.otherwise ? walk(node.otherwise, no) : [])]
    }
    case 'choose': {
      const fields = [...place.fields, node.source]
      const branch = (child: Node | undefined, condition: string): readonly Leaf[] =>
        child ? walk(child, { ...place, fields, conditions: [...place.conditions, condition] }) : []
      return [
        ...Object.entries(node.cases).flatMap(([value, child]) =>
          branch(child, `${node.source} is ${value}`),
        ),
        ...branch(node.otherwise, `${node.source} is something else`),
        ...branch(node.absent, `${node.source} is absent`),
      ]
    }
  }
}

const pickWords = {
  text: (sources: string) => sources,
  number: (sources: string) => sources,
  milliseconds: (sources: string) => `${sources} in Unix milliseconds`,
  seconds: (sources: string) => `${sources} in Unix seconds`,
  nanoseconds: (sources: string) => `${sources} in Unix nanoseconds`,
  datetime: (sources: string) => `${sources} as RFC 3339 text`,
  shortDatetime: (sources: string) => `${sources} as RFC 3339 text without trailing zeros`,
  date: (sources: string) => `the date of ${sources}`,
  timeOfDay: (sources: string) => `the time of day of ${sources}`,
}

function choice(sources: readonly Source[]): string {
  return sources.map(nameOf).join(', else ')
}

function nameOf(source: Source): string {
  return typeof source === 'string' ? source : `origin.${source.origin}`
}

/** A condition in words. */
function describeCondition(condition: Condition): string {
  if (condition.label !== undefined) return condition.label
  switch (condition.test) {
    case 'is':
      return `${condition.source} is ${condition.values.join(' or ')}`
    case 'present':
      return `${nameOf(condition.source)} is present`
    case 'differs':
      return `${condition.left} differs from ${condition.right}`
    case 'bits':
      return `${condition.source} & ${condition.mask} is ${condition.value}`
    case 'family':
      return `${choice(condition.sources)} is IPv${condition.version}`
    case 'time':
      return `${condition.sources.map(nameOf).join(' or ')} is a plausible time`
    case 'network':
      return `${condition.source} is in ${condition.networks.join(' or ')}`
    case 'sample':
      return `the conversation is in a sample of ${condition.share}`
    case 'not':
      return `not (${describeCondition(condition.condition)})`
    case 'all':
      return condition.conditions.map((each) => bracketed(each, 'any')).join(' and ')
    case 'any':
      return condition.conditions.map((each) => bracketed(each, 'all')).join(' or ')
  }
}

function bracketed(condition: Condition, inner: 'all' | 'any'): string {
  const words = describeCondition(condition)
  return condition.test === inner && condition.label === undefined ? `(${words})` : words
}

function fieldsOf(condition: Condition): readonly string[] {
  if (condition.label !== undefined) return []
  switch (condition.test) {
    case 'is':
    case 'bits':
    case 'network':
      return [condition.source]
    case 'present':
      return [nameOf(condition.source)]
    case 'differs':
      return [condition.left, condition.right]
    case 'family':
    case 'time':
      return condition.sources.map(nameOf)
    case 'sample':
      return []
    case 'not':
      return fieldsOf(condition.condition)
    default:
      return condition.conditions.flatMap(fieldsOf)
  }
}
