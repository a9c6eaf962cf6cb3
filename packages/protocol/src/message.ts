import { isUtf8 } from 'node:buffer'

import type { RequestContext } from './context.ts'
import { applicationErrorNumber, EnclaveError, enclaveErrorCodes, jsonRpcNumbers, ProtocolError } from './errors.ts'
import type { EnclaveErrorCode } from './errors.ts'
import { isPlainObject } from './schema.ts'

/** A request as it came: its parameters and its context are not checked yet. */
export interface Request {
  id: number
  method: string
  params: unknown
  context?: unknown
}

/** An answer as it came: its result is not checked yet. `id` is null where the other end could not tell which request it answers. */
export type Answer =
  | { id: number, result: unknown }
  | { id: number | null, error: EnclaveError }

/** Longest message of an error that crosses the wire, in UTF-16 units. */
const maxErrorMessageLength = 512

const requestMembers = new Set(['jsonrpc', 'id', 'method', 'params', 'context'])
const knownCodes: ReadonlySet<unknown> = new Set(enclaveErrorCodes)

/** The text of a request. */
export function encodeRequest (id: number, method: string, params: unknown, context?: RequestContext): string {
  return JSON.stringify({ jsonrpc: '2.0', id, method, params, context })
}

/** The text of an answer. */
export function encodeResult (id: number, result: unknown): string {
  return JSON.stringify({ jsonrpc: '2.0', id, result })
}

/** The text of an answer that is an error: its code and its message, never its cause. */
export function encodeError (id: number | null, { code, message }: EnclaveError): string {
  const number = jsonRpcNumbers[code] ?? applicationErrorNumber
  const error = { code: number, message: message.slice(0, maxErrorMessageLength), data: { code } }
  return JSON.stringify({ jsonrpc: '2.0', id, error })
}

/**
 * Reads a request.
 *
 * @throws EnclaveError `PARSE_ERROR` or `INVALID_REQUEST`: no request can be told from these bytes, so nothing after them can be trusted.
 */
export function decodeRequest (payload: Buffer): Request {
  const message = parse(payload)
  if (message === undefined) throw new EnclaveError('PARSE_ERROR', `${payload.length} bytes that are not JSON in UTF-8`)
  if (!isPlainObject(message) || message.jsonrpc !== '2.0' || !isId(message.id) || typeof message.method !== 'string' ||
    !Object.keys(message).every(name => requestMembers.has(name))) {
    throw new EnclaveError('INVALID_REQUEST', `${payload.length} bytes that are not one JSON-RPC 2.0 request with a whole-number id`)
  }
  return { id: message.id, method: message.method, params: message.params, context: message.context }
}

/**
 * Reads an answer.
 *
 * @throws ProtocolError `INVALID_ANSWER`: the other end does not speak this protocol.
 */
export function decodeAnswer (payload: Buffer): Answer {
  const message = parse(payload)
  if (isPlainObject(message) && message.jsonrpc === '2.0') {
    const { id, result, error } = message
    if (isId(id) && result !== undefined && error === undefined) return { id, result }
    if ((isId(id) || id === null) && result === undefined && isPlainObject(error)) return { id, error: decodeError(error) }
  }
  throw new ProtocolError('INVALID_ANSWER', `${payload.length} bytes that are not one JSON-RPC 2.0 answer`)
}

function decodeError ({ message, data }: Record<string, unknown>): EnclaveError {
  const code = isPlainObject(data) && knownCodes.has(data.code) ? data.code as EnclaveErrorCode : 'INTERNAL'
  return new EnclaveError(code, typeof message === 'string' ? message.slice(0, maxErrorMessageLength) : 'no message')
}

function parse (payload: Buffer): unknown {
  if (!isUtf8(payload)) return undefined
  try {
    return JSON.parse(payload.toString('utf8')) as unknown
  } catch {
    return undefined
  }
}

function isId (id: unknown): id is number {
  return Number.isSafeInteger(id) && (id as number) >= 0
}
