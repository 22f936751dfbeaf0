/** Orders of fields that AWS itself writes or documents, beside the presets. */
import { presets } from './format.ts'

/** A format that people are likely to have. */
export interface KnownOrder {
  /** A preset, or where the order comes from. */
  readonly name: string
  readonly text: string
}

// Up to v5 the console writes alphabetical order; later fields are inserted or appended.
const console5 = presets['v5-alphabetical']
const console8 = `${console5.replace(' region ', ' region reject-reason ')} ecs-cluster-name ecs-cluster-arn ecs-container-instance-id ecs-container-instance-arn ecs-service-name ecs-task-definition-arn ecs-task-id ecs-task-arn ecs-container-id ecs-second-container-id`

function alphabetical(text: string): string {
  return text.split(' ').sort().join(' ')
}

/** Presets first, then the examples in AWS's documentation, then the orders of the console. */
export const knownOrders: readonly KnownOrder[] = [
  ...Object.entries(presets).map(([name, text]) => ({ name, text })),
  {
    name: 'AWS example: TCP flag sequence',
    text: 'version vpc-id subnet-id instance-id interface-id account-id type srcaddr dstaddr srcport dstport pkt-srcaddr pkt-dstaddr protocol bytes packets start end action tcp-flags log-status',
  },
  {
    name: 'AWS example: NAT gateway',
    text: 'instance-id interface-id srcaddr dstaddr pkt-srcaddr pkt-dstaddr',
  },
  {
    name: 'AWS example: transit gateway',
    text: 'version interface-id account-id vpc-id subnet-id instance-id srcaddr dstaddr srcport dstport protocol tcp-flags type pkt-srcaddr pkt-dstaddr action log-status',
  },
  {
    name: 'AWS example: service name and traffic path',
    text: 'version srcaddr dstaddr srcport dstport protocol start end type packets bytes account-id vpc-id subnet-id instance-id interface-id region az-id sublocation-type sublocation-id action tcp-flags pkt-srcaddr pkt-dstaddr pkt-src-aws-service pkt-dst-aws-service traffic-path flow-direction log-status',
  },
  {
    name: 'AWS example: encryption status',
    text: 'flow-direction traffic-path srcaddr dstaddr srcport dstport encryption-status',
  },
  { name: 'alphabetical, v2', text: alphabetical(presets.v2) },
  { name: 'alphabetical, v3', text: alphabetical(presets.v3) },
  { name: 'alphabetical, v4', text: alphabetical(presets.v4) },
  { name: 'console, v8', text: console8 },
]
