import type { Operation } from '../service.ts'
import { createKey } from './create-key.ts'
import { decrypt } from './decrypt.ts'
import { describeKey } from './describe-key.ts'
import { encrypt } from './encrypt.ts'
import { generateDataKey } from './generate-data-key.ts'
import { generateRandom } from './generate-random.ts'
import { getKeyPolicy, putKeyPolicy } from './key-policies.ts'

const table = {
  CreateKey: createKey,
  Decrypt: decrypt,
  DescribeKey: describeKey,
  Encrypt: encrypt,
  GenerateDataKey: generateDataKey,
  GenerateRandom: generateRandom,
  GetKeyPolicy: getKeyPolicy,
  PutKeyPolicy: putKeyPolicy,
} satisfies Record<string, Operation>

/** The operations that this KMS has; every other one answers UnknownOperationException. */
export type OperationName = keyof typeof table

/** The operations by name. */
export const operations: Readonly<Record<OperationName, Operation>> = table

/** The operation of an `X-Amz-Target` header, such as `TrentService.Decrypt`. */
export function operationNameOf (target: string | undefined): OperationName | undefined {
  const name = /^TrentService\.(\w+)$/.exec(target ?? '')?.[1]
  return name !== undefined && isOperationName(name) ? name : undefined
}

function isOperationName (name: string): name is OperationName {
  return Object.hasOwn(table, name)
}
