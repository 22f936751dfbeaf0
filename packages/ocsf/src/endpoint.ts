/** The two ends of a flow, and which of them is the recorded interface. */
import {
  all,
  any,
  type Condition,
  differs,
  distinct,
  is,
  labelled,
  type Node,
  not,
  number,
  object,
  present,
  type Template,
  text,
  when,
} from '@flowlogs/core'
import type { OcsfOptions } from './options.ts'
import { dataLoss } from './status.ts'

/** One end, by its AWS field names. */
interface End {
  readonly side: 'src' | 'dst'
  readonly address: string
  readonly packetAddress: string
  readonly port: string
  readonly service: string
  /** The flow direction in which the recorded interface is this end. */
  readonly observedWhen: string
}

const source: End = {
  side: 'src',
  address: 'srcaddr',
  packetAddress: 'pkt_srcaddr',
  port: 'srcport',
  service: 'pkt_src_aws_service',
  observedWhen: 'egress',
}

const destination: End = {
  side: 'dst',
  address: 'dstaddr',
  packetAddress: 'pkt_dstaddr',
  port: 'dstport',
  service: 'pkt_dst_aws_service',
  observedWhen: 'ingress',
}

/** What a record tells of the recorded interface. */
const networkInterface: Template = {
  uid: text('resource_id'),
  interface_uid: text('interface_id'),
  instance_uid: text('instance_id'),
  subnet_uid: text('subnet_id'),
  vpc_uid: text('vpc_id'),
}

/** `src_endpoint` and `dst_endpoint`; an end without any identifier is left out. */
export function endpoints(options: OcsfOptions): Template {
  return {
    src_endpoint: when(hasSource(options), endpoint(source, options)),
    dst_endpoint: when(hasDestination(options), endpoint(destination, options)),
  }
}

/** Whether the source has one of the identifiers that the schema's at_least_one asks for. */
export function hasSource(options: OcsfOptions): Condition {
  return identified(source, options)
}

/** Whether the destination has one of the identifiers that the schema's at_least_one asks for. */
export function hasDestination(options: OcsfOptions): Condition {
  return identified(destination, options)
}

function endpoint(end: End, options: OcsfOptions): Node {
  const isObservedHere = isObserved(end, options)
  return object(
    {
      // The packet's own address wins over the interface-level one, which becomes the intermediate.
      ip: text(end.packetAddress, end.address),
      intermediate_ips: when(differs(end.packetAddress, end.address), [text(end.address)]),
      port: number(end.port),
      svc_name: text(end.service),
    },
    options.container ? when(isObservedHere, { container: { uid: text('ecs_container_id') } }) : {},
    options.proxyEndpoint
      ? when(all(isObservedHere, differs(end.packetAddress, end.address)), {
          proxy_endpoint: object({ ip: text(end.address) }, networkInterface),
        })
      : {},
    when(lendsItsIds(end, options), networkInterface),
  )
}

/** Whether the ids of the recorded interface are those of this end. */
function lendsItsIds(end: End, options: OcsfOptions): Condition {
  const observed = isObserved(end, options)
  if (!options.proxyEndpoint) return observed
  return all(observed, not(differs(end.packetAddress, end.address)))
}

function identified(end: End, options: OcsfOptions): Condition {
  return labelled(
    `the ${end.side} end has an identifier`,
    any(
      ...[end.packetAddress, end.address, end.service].map(present),
      all(
        isObserved(end, options),
        any(...['resource_id', 'interface_id', 'instance_id'].map(present)),
      ),
    ),
  )
}

/** Whether this end is the recorded interface: by direction, else as the caller has decided. */
function isObserved(end: End, { eniWithoutDirection, skipdata }: OcsfOptions): Condition {
  return any(
    is('flow_direction', end.observedWhen),
    ...(eniWithoutDirection === end.side ? [not(is('flow_direction', 'ingress', 'egress'))] : []),
    // Of lost records only the interface is known, and a schema asks for one endpoint.
    ...(skipdata === 'emit' && end.side === 'src' ? [dataLoss] : []),
  )
}

/** Every address of the event and the observed instance, each once. */
export function observables(options: OcsfOptions): Node {
  return distinct('value', [
    ...[source, destination].flatMap((end): readonly Template[] => [
      when(any(present(end.packetAddress), present(end.address)), {
        name: `${end.side}_endpoint.ip`,
        type_id: 2,
        type: 'IP Address',
        value: text(end.packetAddress, end.address),
      }),
      when(differs(end.packetAddress, end.address), {
        name: `${end.side}_endpoint.intermediate_ips`,
        type_id: 2,
        type: 'IP Address',
        value: text(end.address),
      }),
    ]),
    ...[source, destination].flatMap((end): readonly Template[] => [
      when(all(lendsItsIds(end, options), present('instance_id')), instance(end)),
      options.proxyEndpoint
        ? when(
            all(isObserved(end, options), differs(end.packetAddress, end.address)),
            when(present('instance_id'), instance(end, 'proxy_endpoint.')),
          )
        : {},
    ]),
  ])
}

function instance(end: End, path = ''): Template {
  return {
    name: `${end.side}_endpoint.${path}instance_uid`,
    type_id: 10,
    type: 'Resource UID',
    value: text('instance_id'),
  }
}
