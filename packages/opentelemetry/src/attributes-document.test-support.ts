/** docs/attributes.md, written from the mapping. */
import { join } from 'node:path'
import { attributeRows, type ProfileName, profiles } from './index.ts'

/** Where the document is. */
export const attributesDocument: string = join(import.meta.dirname, '../docs/attributes.md')

/** The document's text. */
export function writeAttributes(): string {
  const names = Object.keys(profiles) as ProfileName[]
  const tables = names.map((name) => attributeRows(name))
  const rows = (tables[0] ?? []).map(({ field }, index) => [
    `\`${field}\``,
    ...tables.map((table) => cell(table[index]!)),
  ])
  return [
    '# Attributes',
    '',
    'Every field of a flow log, and where it goes in each profile. This file is written by `pnpm --filter @flowlogs/opentelemetry run docs`.',
    '',
    `| field | ${names.join(' | ')} |`,
    `| --- | ${names.map(() => '---').join(' | ')} |`,
    ...rows.map((cells) => `| ${cells.join(' | ')} |`),
    '',
    'In every profile: `cloud.provider` on the resource; `log.record.uid`, `aws.log.group.names`, `aws.log.stream.names`, `aws.s3.bucket` and `aws.s3.key` where they are known (the last four not in `raw-v1`). A value that no attribute can hold (an unassigned protocol number, an unknown flow direction), a field that AWS has not published yet, and one of two local addresses are text in `aws.vpc.flow.unmapped`, in `raw-v1` in `unmapped`.',
    '',
  ].join('\n')
}

function cell({ attributes, resource, isTime }: ReturnType<typeof attributeRows>[number]): string {
  return [
    ...attributes.map((name) => `\`${name}\``),
    ...resource.map((name) => `resource \`${name}\``),
    ...(isTime ? ['time'] : []),
  ].join(', ')
}
