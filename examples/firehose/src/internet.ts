import type { Random } from './random.ts'

/** The addresses outside the VPC; all but those of AWS come from ranges reserved for documents and tests. */
export interface Internet {
  clients: readonly string[]
  clients6: readonly string[]
  partners: readonly string[]
  offices: readonly string[]
  nameServers: readonly string[]
  timeServers: readonly string[]
  services: Readonly<Record<ServiceName, readonly string[]>>
  stranger(random: Random): string
}

type ServiceName = 'S3' | 'DYNAMODB' | 'EC2' | 'CLOUDFRONT_ORIGIN_FACING' | 'ROUTE53_HEALTHCHECKS'

const servicePrefixes: Readonly<Record<ServiceName, string>> = {
  S3: '52.217',
  DYNAMODB: '52.94',
  EC2: '52.46',
  CLOUDFRONT_ORIGIN_FACING: '130.176',
  ROUTE53_HEALTHCHECKS: '15.177',
}

export function createInternet(random: Random): Internet {
  const some = (count: number, create: () => string) => [
    ...new Set(Array.from({ length: count }, create)),
  ]
  const service = (prefix: string) =>
    some(6, () => `${prefix}.${random.integer(0, 3)}.${random.integer(1, 254)}`)

  return {
    clients: some(400, () => stranger(random)),
    clients6: some(60, () => `2001:db8:${random.hex(4)}:${random.hex(4)}::${random.hex(4)}`).map(
      shortened,
    ),
    partners: some(12, () => `198.51.100.${random.integer(1, 190)}`),
    offices: ['203.0.113.10', '203.0.113.11'],
    nameServers: ['192.0.2.53', '192.0.2.54'],
    timeServers: ['192.0.2.121', '192.0.2.122', '192.0.2.123'],
    services: {
      S3: service(servicePrefixes.S3),
      DYNAMODB: service(servicePrefixes.DYNAMODB),
      EC2: service(servicePrefixes.EC2),
      CLOUDFRONT_ORIGIN_FACING: service(servicePrefixes.CLOUDFRONT_ORIGIN_FACING),
      ROUTE53_HEALTHCHECKS: service(servicePrefixes.ROUTE53_HEALTHCHECKS),
    },
    stranger,
  }
}

/** The AWS service whose range holds the address, as `pkt-src-aws-service` names it. */
export function awsService(address: string): ServiceName | undefined {
  const prefix = address.slice(0, address.indexOf('.', address.indexOf('.') + 1))
  return serviceNames.get(prefix)
}

const serviceNames = new Map(
  Object.entries(servicePrefixes).map(([name, prefix]) => [prefix, name as ServiceName]),
)

// 198.18.0.0/15 is set aside for benchmarks: nobody's address, and room enough for a flood.
function stranger(random: Random): string {
  return `198.${random.integer(18, 19)}.${random.integer(0, 255)}.${random.integer(1, 254)}`
}

function shortened(address6: string): string {
  return address6.replace(/(^|:)0+(?=[0-9a-f])/g, '$1')
}
