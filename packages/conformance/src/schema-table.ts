/** From a table of attributes to JSON Schema: versions, profiles and captions are resolved here. */
import type { JsonSchema } from './schema.ts'

/** An OCSF profile that our events may list. */
type Profile = 'cloud' | 'security_control' | 'datetime' | 'container'

/** One row: an attribute, its type, and where it may and must be. Versions are minors of OCSF 1. */
export interface Attribute {
  readonly type: Type
  /** The version that introduced the attribute. */
  readonly since?: number
  readonly required?: boolean
  /** Required only in versions below this one. */
  readonly requiredBelow?: number
  /** Allowed, and if required then required, only where this profile is listed. */
  readonly profile?: Profile
}

/** An object and the attributes of which it needs at least one. */
export interface ObjectType {
  readonly attributes: Readonly<Record<string, Attribute>>
  readonly atLeastOne?: readonly string[]
}

/** Captions by id; some came with a later version. */
type Captions = Readonly<
  Record<number, string | { readonly caption: string; readonly since: number }>
>

interface Captioned {
  readonly sibling: string
  readonly captions: Captions
}

/** The name of a scalar type in `$defs`, or a type of its own. */
type Type =
  | string
  | ObjectType
  | Captioned
  | { readonly constant: string | number }
  | { readonly items: string | ObjectType }

/** An integer enum whose caption stands in a sibling attribute. */
export function captioned(sibling: string, captions: Captions): Captioned {
  return { sibling, captions }
}

/** The one value that we write. */
export function constant(value: string | number): Type {
  return { constant: value }
}

/** A list with at least one item. */
export function list(items: string | ObjectType): Type {
  return { items }
}

/** An object that is described where it stands. */
export function nested(attributes: ObjectType['attributes']): ObjectType {
  return { attributes, atLeastOne: Object.keys(attributes) }
}

/** The schema of the event, with the gates of the profiles. */
export function schemaOf(
  event: ObjectType,
  minor: number,
): JsonSchema & { readonly allOf: readonly JsonSchema[] } {
  const { allOf = [], ...schema } = objectSchema(event, minor)
  const profiles = new Set(profilesOf(event, minor))
  return {
    ...schema,
    allOf: [...allOf, ...Array.from(profiles, (profile) => gate(event, profile, minor))],
  }
}

function objectSchema(
  type: ObjectType,
  minor: number,
): JsonSchema & { readonly allOf?: readonly JsonSchema[] } {
  const attributes = attributesAt(type, minor)
  const enums = attributes.flatMap(([id, { type: each }]) =>
    isCaptioned(each) ? [{ id, ...each, captions: captionsAt(each, minor) }] : [],
  )
  const rules = [
    ...enums.flatMap(({ id, sibling, captions }) => [
      { dependentRequired: { [id]: [sibling], [sibling]: [id] } },
      ...captions.map(([value, caption]) => captionRule(id, value, sibling, caption)),
    ]),
    ...(type.atLeastOne ? [anyRequired(type.atLeastOne)] : []),
  ]
  return {
    type: 'object',
    additionalProperties: false,
    properties: {
      ...Object.fromEntries(
        attributes.map(([name, { type: each }]) => [name, typeSchema(each, minor)]),
      ),
      ...Object.fromEntries(enums.map(({ sibling }) => [sibling, reference('text')])),
    },
    required: attributes
      .filter(([, attribute]) => attribute.profile === undefined && isRequired(attribute, minor))
      .map(([name]) => name),
    ...(rules.length > 0 && { allOf: rules }),
  }
}

function typeSchema(type: Type, minor: number): JsonSchema {
  if (typeof type === 'string') return reference(type)
  if (isCaptioned(type)) {
    return { type: 'integer', enum: captionsAt(type, minor).map(([value]) => value) }
  }
  if ('constant' in type) return { const: type.constant }
  if ('items' in type) return { type: 'array', minItems: 1, items: typeSchema(type.items, minor) }
  return objectSchema(type, minor)
}

/** The attributes of a version; beside each timestamp stands its twin of the datetime profile. */
function attributesAt({ attributes }: ObjectType, minor: number): readonly [string, Attribute][] {
  return Object.entries(attributes)
    .filter(([, { since = 0 }]) => since <= minor)
    .flatMap(([name, attribute]): [string, Attribute][] => [
      [name, attribute],
      ...(attribute.type === 'milliseconds'
        ? [[`${name}_dt`, { type: 'datetime', profile: 'datetime' }] satisfies [string, Attribute]]
        : []),
    ])
}

function captionsAt({ captions }: Captioned, minor: number): readonly [number, string][] {
  return Object.entries(captions).flatMap(([value, each]): [number, string][] => {
    const { caption, since } = typeof each === 'string' ? { caption: each, since: 0 } : each
    return since <= minor ? [[Number(value), caption]] : []
  })
}

/** The sibling of an id is its caption; of 99 Other it is the source's own word. */
function captionRule(id: string, value: number, sibling: string, caption: string): JsonSchema {
  const expected = value === 99 ? { not: { const: caption } } : { const: caption }
  return implies({ [id]: value }, { [sibling]: expected })
}

/** Where these attributes have these values, those attributes look like that. */
export function implies(
  when: Readonly<Record<string, number>>,
  properties: Readonly<Record<string, JsonSchema>>,
): JsonSchema {
  return {
    if: {
      properties: Object.fromEntries(
        Object.entries(when).map(([name, value]) => [name, { const: value }]),
      ),
      required: Object.keys(when),
    },
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
    then: { properties },
  }
}

function gate(event: ObjectType, profile: Profile, minor: number): JsonSchema {
  const required = attributesAt(event, minor)
    .filter(([, attribute]) => attribute.profile === profile && isRequired(attribute, minor))
    .map(([name]) => name)
  return {
    if: {
      properties: {
        metadata: {
          type: 'object',
          properties: { profiles: { type: 'array', contains: { const: profile } } },
          required: ['profiles'],
        },
      },
      required: ['metadata'],
    },
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
    then: { required },
    else: without(event, profile, minor),
  }
}

/** No attribute of the profile, at any depth. */
function without(type: ObjectType, profile: Profile, minor: number): JsonSchema {
  const properties: Record<string, unknown> = {}
  for (const [name, attribute] of attributesAt(type, minor)) {
    const { type: each } = attribute
    if (attribute.profile === profile) {
      properties[name] = false
      if (isCaptioned(each)) properties[each.sibling] = false
    } else if (isObject(each) && profilesOf(each, minor).includes(profile)) {
      properties[name] = without(each, profile, minor)
    }
  }
  return { type: 'object', properties }
}

function profilesOf(type: ObjectType, minor: number): readonly Profile[] {
  return attributesAt(type, minor).flatMap(([, { profile, type: each }]) => [
    ...(profile ? [profile] : []),
    ...(isObject(each) ? profilesOf(each, minor) : []),
  ])
}

function isRequired({ required = false, requiredBelow = 0 }: Attribute, minor: number): boolean {
  return required || minor < requiredBelow
}

function anyRequired(names: readonly string[]): JsonSchema {
  return { anyOf: names.map((name) => ({ required: [name] })) }
}

function isCaptioned(type: Type): type is Captioned {
  return typeof type === 'object' && 'captions' in type
}

function isObject(type: Type): type is ObjectType {
  return typeof type === 'object' && 'attributes' in type
}

function reference(name: string): JsonSchema {
  return { $ref: `#/$defs/${name}` }
}
