/**
 * Tags made from fields. An event in another shape than AWS's does not carry the fields, so the
 * mapping writes a line with them before each event, which is not sent.
 */
import {
  configurationError,
  fieldKey,
  type Origin,
  origin,
  type Source,
  type Template,
  text,
} from '@flowlogs/core'

/** A tag, or the template of one. */
export interface TagTemplate {
  /** What the mapping writes before each event; undefined where all events have one tag. */
  readonly before: Template | undefined
  /** The tag of the event that this line stands before. */
  toTag(line: string): string
}

/** What the origin knows when the record does not. */
const origins: Readonly<Partial<Record<string, keyof Origin>>> = {
  account_id: 'account',
  region: 'region',
}

/** Parses `vpc.flow.${account_id}.${action}`. Throws when it is no tag. */
export function createTagTemplate(tag: string): TagTemplate {
  const parts = tag.split(/\$\{([^{}]*)\}/)
  const keys = parts.filter((_, index) => index % 2 === 1).map(fieldKey)
  const literal = parts.filter((_, index) => index % 2 === 0).join('')
  if (
    tag === '' ||
    keys.some((key) => !/^[a-z0-9_]+$/.test(key)) ||
    !/^[\w.\-/:]*$/.test(literal)
  ) {
    throw configurationError(
      `"${tag}" is no tag: it needs letters, digits, dots, dashes, and fields as \${account_id}`,
    )
  }
  if (keys.length === 0) return { before: undefined, toTag: () => tag }
  const known = new Map<string, string>()
  return {
    before: {
      // Stands also where a format has none of the fields.
      [templateName]: tag,
      ...Object.fromEntries(keys.map((key) => [key, text(...sourcesOf(key))])),
    },
    toTag(line) {
      const found = known.get(line)
      if (found !== undefined) return found
      const values: Partial<Record<string, string>> = JSON.parse(line)
      if (values[templateName] !== tag) {
        throw new Error("the batch carries no tags: make it with the forwarder's own transform")
      }
      const made = parts
        .map((part, index) => (index % 2 === 0 ? part : toTagPart(values[fieldKey(part)])))
        .join('')
      if (known.size < maxKnown) known.set(line, made)
      return made
    },
  }
}

const maxKnown = 10_000
// No field has this name.
const templateName = '$'

function sourcesOf(key: string): readonly Source[] {
  const known = origins[key]
  return known === undefined ? [key] : [key, origin(known)]
}

/** Dots separate the parts of a tag, and receivers match on them. */
function toTagPart(value = '-'): string {
  return value.replaceAll(/[^\w-]/g, '_')
}
