/** Whether a template can write an attribute twice, where the object lane lets the last one win. */
import { carriageOf } from './carriage.ts'
import { childrenOf, type Node } from './mapping.ts'

/**
 * True also for attributes that JavaScript objects do not keep in order; an engine, which writes one
 * attribute after the other, leaves such templates to the object lane.
 */
export function repeatsAttributes(template: Node, keys: ReadonlySet<string>): boolean {
  const { always } = carriageOf(template)
  const restKeys = [...keys].filter((key) => !always.has(key))
  const repeats = (node: Node): boolean => {
    if (node.op === 'document') return repeatsAttributes(node.node, keys)
    if (node.op === 'object') {
      const names = node.parts.flatMap((part) =>
        'merge' in part ? [...attributesOf(part.merge, keys, restKeys)] : [part.attribute],
      )
      if (new Set(names).size < names.length || names.some(isUnordered)) return true
    }
    return childrenOf(node).some(repeats)
  }
  return repeats(template)
}

/** Every attribute that a merged node may write. */
function attributesOf(
  node: Node,
  keys: ReadonlySet<string>,
  restKeys: readonly string[],
): ReadonlySet<string> {
  if (node.op === 'fields') return keys
  if (node.op === 'rest') return new Set(restKeys)
  if (node.op !== 'object') {
    return new Set(childrenOf(node).flatMap((child) => [...attributesOf(child, keys, restKeys)]))
  }
  return new Set(
    node.parts.flatMap((part) =>
      'merge' in part ? [...attributesOf(part.merge, keys, restKeys)] : [part.attribute],
    ),
  )
}

function isUnordered(name: string): boolean {
  return name === '__proto__' || /^(?:0|[1-9][0-9]*)$/.test(name)
}
