/** An example of OpenAPI. */
interface Example {
  summary: string
  value: object
}

type Examples = Readonly<Record<string, Readonly<Record<string, Example>>>>

const publicKey = '-----BEGIN PUBLIC KEY-----\nMFYwEAYHKoZIzj0CAQYFK4EEAAoDQgAEeb5mfvncu6xVoGKVzocLBwKb/NstzijZ\nWfKBWxb4F5hIOtp3JqPEZV2k+/wOEQio/Re0SKaFVBmcR9CP+xDUuA==\n-----END PUBLIC KEY-----\n'
const derSignature = 'MEQCIGwqH6FrZkE9l8p4uS0m0bN3vPXq7p0r6y9mJ4QeXbmWAiBqTj0c3p8o5yH0n2i7rQyM3o4v7d1s9kq1uZbq2b7xYQ=='
const fixedSignature = 'bCofoWtmQT2XyniyzSbRs3e89ervulvqvL2YnhB5duZqTj0c3p8o5yH0n2i7rQyM3o4v7d1s9kq1uZbq2b7xYQ=='
const key = { keyId: 'treasury-1', keySpec: 'ECC_SECG_P256K1', origin: 'ENCLAVE', publicKey, signingAlgorithms: ['ECDSA_SHA_256'], createdAt: '2026-01-31T12:00:00.000Z' }
const unknownKey = {
  type: 'urn:enclave-signer:problem:KEY_NOT_FOUND',
  title: 'There is no such key',
  status: 404,
  detail: 'There is no key nobody. GET /keys lists the keys.',
  code: 'KEY_NOT_FOUND',
  requestId: '9f86d081884c-1a',
}

/** Bodies of requests by operation. `npm start` makes the key `demo`, so that those of signing work there. */
export const requestExamples: Examples = {
  sign: {
    message: { summary: 'A message, hashed in the enclave', value: { keyId: 'demo', message: 'aGVsbG8=' } },
    transaction: {
      summary: 'A digest, such as Keccak-256 of an Ethereum transaction: r‖s and recoveryId',
      value: { keyId: 'demo', message: 'LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=', messageType: 'DIGEST', signatureFormat: 'P1363' },
    },
    jwt: {
      summary: 'The signing input of a JWT (ES256): header and claims in base64url with a dot between them, in base64',
      value: {
        keyId: 'tokens',
        message: Buffer.from('eyJhbGciOiJFUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJhbGljZSJ9').toString('base64'),
        signingAlgorithm: 'ECDSA_SHA_256',
        signatureFormat: 'P1363',
      },
    },
  },
  signBatch: {
    batch: {
      summary: 'Two messages; each is answered on its own',
      value: { items: [{ keyId: 'demo', message: 'aGVsbG8=' }, { keyId: 'nobody', message: 'aGVsbG8=' }] },
    },
  },
  createKey: { secp256k1: { summary: 'A key for Ethereum or Bitcoin', value: { keyId: 'treasury-1', keySpec: 'ECC_SECG_P256K1' } } },
  importKey: {
    encrypted: { summary: 'What aws kms encrypt made', value: { keyId: 'treasury-2', keySpec: 'ECC_SECG_P256K1', ciphertextBlob: 'AQICAHiVhK0Zs3lq' } },
  },
}

/** Bodies of answers by operation. */
export const answerExamples: Examples = {
  sign: {
    der: { summary: 'secp256k1, DER', value: { keyId: 'demo', signingAlgorithm: 'ECDSA_SHA_256', signature: derSignature, recoveryId: 0 } },
    p1363: { summary: 'P-256, r‖s', value: { keyId: 'tokens', signingAlgorithm: 'ECDSA_SHA_256', signature: fixedSignature } },
  },
  signBatch: {
    mixed: {
      summary: 'A signature and a refusal',
      value: {
        results: [
          { status: 200, keyId: 'demo', signingAlgorithm: 'ECDSA_SHA_256', signature: derSignature, recoveryId: 0 },
          { status: 404, problem: unknownKey },
        ],
      },
    },
  },
  createKey: { key: { summary: 'The key', value: key } },
  importKey: { key: { summary: 'The key', value: { ...key, keyId: 'treasury-2', origin: 'EXTERNAL' } } },
  getKey: { key: { summary: 'The key', value: key } },
  listKeys: { keys: { summary: 'One key', value: { keys: [key], unreadable: [] } } },
}
