import { createPrivateKey, X509Certificate } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { createSecureContext } from 'node:tls'

import { ConfigError } from '../config/config-error.ts'
import type { TlsConfig } from '../config/config.ts'
import { messageOf } from '../errors.ts'
import { readRegularFile } from '../reload/read-file.ts'
import type { ReadText } from '../reload/read-file.ts'
import { ClientAuthorities, isRoot } from './client-authorities.ts'
import { contextOptions } from './secure-context.ts'
import type { TlsMaterial } from './secure-context.ts'

const pemCertificate = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g

/** Reads the TLS files, one after another. @throws ConfigError with every fault. */
export async function loadTls ({ certFile, keyFile, clientCaFile }: TlsConfig, readText: ReadText = readRegularFile): Promise<TlsMaterial> {
  const read = readingWith(readText)
  const certificates = await read('TLS_CERT_FILE', certFile, 'a certificate and those between it and its root', certificatesIn)
  const key = await read('TLS_KEY_FILE', keyFile, 'a private key that is not encrypted', createPrivateKey)
  const authorities = clientCaFile === undefined
    ? undefined
    : await read('TLS_CLIENT_CA_FILE', clientCaFile, 'certificates of authorities', authoritiesIn)
  if ('fault' in certificates || 'fault' in key || (authorities !== undefined && 'fault' in authorities)) {
    throw new ConfigError([certificates, key, authorities].flatMap(one => one !== undefined && 'fault' in one ? [one.fault] : []))
  }
  if (!belongs(key.value, certificates.value)) throw new ConfigError(['TLS_KEY_FILE must hold the key of the first certificate in TLS_CERT_FILE'])
  const value: TlsMaterial = {
    certificates: certificates.pem,
    key: key.pem,
    clientAuthorities: authorities === undefined ? undefined : new ClientAuthorities(authorities.pem, authorities.value),
    expiresAt: Math.min(...certificates.value.map(({ validToDate }) => validToDate.getTime())),
  }
  checkUsable(value)
  return value
}

/** OpenSSL has the last word: it refuses keys that are too short, for one. */
function checkUsable (material: TlsMaterial): void {
  try {
    createSecureContext(contextOptions(material))
  } catch (cause) {
    throw new ConfigError([`TLS_CERT_FILE cannot be used (${messageOf(cause)})`], { cause })
  }
}

type Reading<T> = { pem: string, value: T } | { fault: string }

type Read = <T>(name: string, path: string, what: string, parse: (pem: string) => T) => Promise<Reading<T>>

function readingWith (readText: ReadText): Read {
  return async (name, path, what, parse) => {
    try {
      const pem = await readText(path)
      return { pem, value: parse(pem) }
    } catch (error) {
      return { fault: `${name} must be a PEM file with ${what} (${messageOf(error)})` }
    }
  }
}

/** At least one. */
function certificatesIn (pem: string): X509Certificate[] {
  const certificates = (pem.match(pemCertificate) ?? []).map(text => new X509Certificate(text))
  if (certificates.length === 0) throw new Error('it holds no certificate')
  return certificates
}

function authoritiesIn (pem: string): X509Certificate[] {
  const certificates = certificatesIn(pem)
  if (certificates.some(({ ca }) => !ca)) throw new Error('it holds a certificate of no authority')
  // OpenSSL takes no other end of a chain: with authorities between alone, no client would be believed.
  if (!certificates.some(isRoot)) throw new Error('it holds no root, which is its own issuer')
  return certificates
}

function belongs (key: KeyObject, [certificate]: readonly X509Certificate[]): boolean {
  return certificate?.checkPrivateKey(key) === true
}
