/** A YAML file whose values know where they stand. */
import { isAlias, isMap, isScalar, LineCounter, type Node, parseDocument, visit } from 'yaml'
import { substituteVariables } from './config-variables.ts'

/** Where something is in a document: the keys and indexes that lead to it. */
export type Path = readonly (string | number)[]

/** A mistake, and where it stands; both count from 1. */
export interface Problem {
  readonly line: number
  readonly column: number
  /** Such as `endpoints[0].path`; empty for the document as a whole. */
  readonly at: string
  readonly message: string
}

/** A document that was read. */
export interface ConfigDocument {
  /** The content, with variables substituted. */
  readonly value: unknown
  /** Whether the text there came, in part, from the environment. */
  isSubstituted(path: Path): boolean
  /** What stands there in the file, if that is a text, a number or the like. */
  sourceAt(path: Path): string | undefined
  /** A mistake in a value, or in its key. */
  problem(path: Path, message: string, part?: 'key' | 'value'): Problem
}

/** Reads YAML, or tells what is wrong with it. */
export function parseConfigDocument(
  text: string,
  environment: Readonly<Record<string, string | undefined>>,
): ConfigDocument | { readonly problems: readonly Problem[] } {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const problems: Problem[] = []
  const substituted = new Set<unknown>()

  function problemAt(offset: number, at: string, message: string): Problem {
    const { line, col } = lines.linePos(offset)
    return { line: Math.max(line, 1), column: Math.max(col, 1), at, message }
  }

  for (const { pos, message } of [...document.errors, ...document.warnings]) {
    problems.push(problemAt(pos[0], '', oneLine(message)))
  }
  if (problems.length > 0) return { problems }
  visit(document, {
    Scalar(key, node) {
      if (key === 'key' || typeof node.value !== 'string' || !node.value.includes('${')) return
      const result = substituteVariables(node.value, environment)
      if ('problem' in result) problems.push(problemAt(node.range?.[0] ?? 0, '', result.problem))
      else {
        node.value = result.value
        substituted.add(node)
      }
    },
  })
  if (problems.length > 0) return { problems }
  let value: unknown
  try {
    value = document.toJS()
  } catch (error) {
    return { problems: [problemAt(0, '', oneLine((error as Error).message))] }
  }

  /** The node at a path, or the last one on the way; and its key. */
  function find(path: Path): { readonly node: Node | null; readonly key: Node | null } {
    let node: Node | null = document.contents
    let key: Node | null = null
    for (const step of path) {
      const [nextKey, next] = child(resolve(node), step)
      if (next === undefined && nextKey === undefined) break
      key = nextKey ?? null
      node = next ?? nextKey ?? null
    }
    return { node, key }
  }

  function resolve(node: Node | null): Node | null {
    return isAlias(node) ? (node.resolve(document) ?? null) : node
  }

  return {
    value,
    isSubstituted: (path) => substituted.has(resolve(find(path).node)),
    sourceAt(path) {
      const { node } = find(path)
      if (!isScalar(node) || !node.range) return undefined
      return oneLine(text.slice(node.range[0], node.range[1]))
    },
    problem(path, message, part = 'value') {
      const { node, key } = find(path)
      const place = part === 'key' ? (key ?? node) : node
      return problemAt(place?.range?.[0] ?? 0, toText(path), message)
    },
  }
}

function child(
  node: Node | null,
  step: string | number,
): readonly [Node | undefined, Node | undefined] {
  if (isMap(node)) {
    const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step))
    return [pair?.key as Node | undefined, (pair?.value ?? undefined) as Node | undefined]
  }
  const items = node && 'items' in node ? (node.items as readonly Node[]) : []
  return [undefined, items[Number(step)]]
}

/** `endpoints[0].path`. */
function toText(path: Path): string {
  return path
    .map((step, index) =>
      typeof step === 'number' ? `[${step}]` : index === 0 ? oneLine(step) : `.${oneLine(step)}`,
    )
    .join('')
}

// Terminals and logs take one line, and no control characters.
function oneLine(text: string): string {
  return text.replaceAll(/\s*\n\s*/g, ' ').replaceAll(/\p{Cc}/gu, '?')
}
