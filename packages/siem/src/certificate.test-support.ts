import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'

/** A certificate and its key, PEM. */
export interface TestCertificate {
  readonly cert: string
  readonly key: string
}

/** Makes a self-signed certificate for a host name, and 127.0.0.1 if that is `localhost`. */
export function createCertificate(
  host = 'localhost',
  validUntil: Date = new Date(Date.now() + day),
): TestCertificate {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const addresses = host === 'localhost' ? [der(0x87, Buffer.of(127, 0, 0, 1))] : []
  const alternativeNames = sequence(der(0x82, Buffer.from(host)), ...addresses)
  const body = sequence(
    der(0xa0, der(0x02, Buffer.of(2))),
    der(0x02, Buffer.of(1, ...randomBytes(8))),
    ecdsaWithSha256,
    name(host),
    sequence(time(new Date(Math.min(Date.now(), validUntil.getTime()) - day)), time(validUntil)),
    name(host),
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(sequence(oid('551d11'), der(0x04, alternativeNames)))),
  )
  return {
    cert: pem(sequence(body, ecdsaWithSha256, signature(body, privateKey))),
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  }
}

const day = 86_400_000

/** DER: tag, length, contents. */
function der(tag: number, contents: Buffer): Buffer {
  const { length } = contents
  const short = length < 128
  const head = short ? [tag, length] : [tag, 0x82, length >> 8, length & 255]
  return Buffer.concat([Buffer.from(head), contents])
}

function sequence(...members: Buffer[]): Buffer {
  return der(0x30, Buffer.concat(members))
}

function oid(hex: string): Buffer {
  return der(0x06, Buffer.from(hex, 'hex'))
}

const ecdsaWithSha256 = sequence(oid('2a8648ce3d040302'))

function name(host: string): Buffer {
  return sequence(der(0x31, sequence(oid('550403'), der(0x0c, Buffer.from(host)))))
}

function time(date: Date): Buffer {
  return der(0x17, Buffer.from(`${date.toISOString().replaceAll(/[-:T]/g, '').slice(2, 14)}Z`))
}

function signature(body: Buffer, key: KeyObject): Buffer {
  return der(0x03, Buffer.concat([Buffer.of(0), sign('sha256', body, key)]))
}

function pem(bytes: Buffer): string {
  return `-----BEGIN CERTIFICATE-----\n${bytes.toString('base64')}\n-----END CERTIFICATE-----\n`
}
