import type { Node, Part } from '@flowlogs/core'
import { attributes } from './attributes.ts'
import { has, type OcsfVersion } from './version.ts'

/** Cuts the attributes out of a template that a schema version does not have yet. */
export function prune(node: Node, version: OcsfVersion, path: readonly string[] = []): Node {
  switch (node.op) {
    case 'object': {
      const parts = node.parts.flatMap((part): readonly Part[] => {
        if ('merge' in part) return [{ merge: prune(part.merge, version, path) }]
        const inner = [...path, part.attribute]
        const since = attributes[inner.join('.')]
        if (since !== undefined && !has(version, since)) return []
        return [{ attribute: part.attribute, node: prune(part.node, version, inner) }]
      })
      return { op: 'object', parts }
    }
    case 'list':
      return { ...node, items: node.items.map((item) => prune(item, version, path)) }
    case 'when':
      return {
        ...node,
        node: prune(node.node, version, path),
        ...(node.otherwise && { otherwise: prune(node.otherwise, version, path) }),
      }
    case 'choose': {
      const cases = Object.entries(node.cases).map(([value, each]) => [
        value,
        prune(each, version, path),
      ])
      return {
        ...node,
        cases: Object.fromEntries(cases),
        ...(node.otherwise && { otherwise: prune(node.otherwise, version, path) }),
        ...(node.absent && { absent: prune(node.absent, version, path) }),
      }
    }
    default:
      return node
  }
}
