/** A template of nested objects as one object, its attributes joined with dots. */
import { type Node, object, type Part } from '@flowlogs/core'

/** Flattens a template; lists, and what AWS names, stay as they are. */
export function flatten(node: Node): Node {
  return under('', node)
}

function under(path: string, node: Node): Node {
  switch (node.op) {
    case 'object':
      return object(...node.parts.map((part) => flattenPart(path, part)))
    case 'when':
      return {
        ...node,
        node: under(path, node.node),
        ...(node.otherwise && { otherwise: under(path, node.otherwise) }),
      }
    case 'choose':
      return {
        ...node,
        cases: Object.fromEntries(
          Object.entries(node.cases).map(([value, each]) => [value, under(path, each)]),
        ),
        ...(node.otherwise && { otherwise: under(path, node.otherwise) }),
        ...(node.absent && { absent: under(path, node.absent) }),
      }
    default:
      return path === '' ? node : { op: 'object', parts: [{ attribute: path, node }] }
  }
}

function flattenPart(path: string, part: Part): Node {
  if ('merge' in part) return under(path, part.merge)
  return under(path === '' ? part.attribute : `${path}.${part.attribute}`, part.node)
}
