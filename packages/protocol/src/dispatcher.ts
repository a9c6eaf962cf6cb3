import { requestContext } from './context.ts'
import type { RequestContext } from './context.ts'
import { EnclaveError } from './errors.ts'
import { encodeError, encodeResult } from './message.ts'
import type { Request } from './message.ts'
import { isMethod, methods } from './methods.ts'
import type { Method, Params, Result } from './methods.ts'
import type { Schema, SchemaError } from './schema.ts'

/** What a handler learns of a request beside its parameters. */
export interface Call {
  /** When the time that the request was given is over, by this end's `performance.now()`; `Infinity` where it was given none. */
  readonly expiresMs: number
  readonly traceId: string | undefined
}

/** One function a method. What it throws crosses as its code when it is an {@link EnclaveError}, else as `INTERNAL` without any detail. */
export type EnclaveHandlers = { readonly [M in Method]: (params: Params<M>, call: Call) => Result<M> | Promise<Result<M>> }

/** Where a dispatcher's words go. */
export interface DispatcherPorts {
  /** Takes an answer's text; may throw when it is too big. */
  send: (payload: string) => void
  /** Told of what a handler threw that is no EnclaveError, and why a result cannot be sent. */
  onInternalError: (method: Method, error: unknown, call: Call) => void
}

/** Brings requests to their handlers and sends one answer each, whatever the handler does. */
export class Dispatcher {
  readonly #handlers: EnclaveHandlers
  readonly #ports: DispatcherPorts

  constructor (handlers: EnclaveHandlers, ports: DispatcherPorts) {
    this.#handlers = handlers
    this.#ports = ports
  }

  /**
   * Answers at once, or returns what settles when the answer was sent; it never throws and never rejects. A request whose time was
   * over before its turn came is not begun.
   *
   * @param arrivedMs - when the request came, by `performance.now()`.
   */
  dispatch ({ id, method, params, context }: Request, arrivedMs = performance.now()): Promise<void> | undefined {
    try {
      if (!isMethod(method)) throw new EnclaveError('METHOD_NOT_FOUND', 'there is no such method')
      checkShape(methods[method].params, params, 'params')
      const call = callOf(context, arrivedMs)
      if (performance.now() >= call.expiresMs) throw new EnclaveError('DEADLINE_EXCEEDED', `the time for ${method} was over before it began`)
      return this.#call({ id, method, params, call })
    } catch (error) {
      this.#answerError(id, error as EnclaveError)
      return undefined
    }
  }

  #call (work: Work): Promise<void> | undefined {
    const { method, params, call } = work
    try {
      const result = (this.#handlers[method] as (params: unknown, call: Call) => unknown)(params, call)
      if (result instanceof Promise) {
        return result.then(
          value => { this.#answer(work, value) },
          (error: unknown) => { this.#answerFailure(work, error) }
        )
      }
      this.#answer(work, result)
    } catch (error) {
      this.#answerFailure(work, error)
    }
    return undefined
  }

  #answer ({ id, method, call }: Work, result: unknown): void {
    try {
      methods[method].result(result, 'result')
      this.#ports.send(encodeResult(id, result))
    } catch (error) {
      this.#report(method, error, call)
      this.#answerError(id, new EnclaveError('INTERNAL', `${method} has no answer that can be sent`))
    }
  }

  #answerFailure ({ id, method, call }: Work, error: unknown): void {
    if (error instanceof EnclaveError) {
      this.#answerError(id, error)
    } else {
      this.#report(method, error, call)
      this.#answerError(id, new EnclaveError('INTERNAL', `${method} failed`))
    }
  }

  #answerError (id: number, error: EnclaveError): void {
    this.#ports.send(encodeError(id, error))
  }

  /** A fault of whoever is told must not become one of the connection. */
  #report (method: Method, error: unknown, call: Call): void {
    try {
      this.#ports.onInternalError(method, error, call)
    } catch {}
  }
}

/** A request under way. */
interface Work {
  readonly id: number
  readonly method: Method
  readonly params: unknown
  readonly call: Call
}

const contextless: Call = { expiresMs: Infinity, traceId: undefined }

function callOf (context: unknown, arrivedMs: number): Call {
  if (context === undefined) return contextless
  checkShape(requestContext, context, 'context')
  const { timeoutMs = Infinity, traceId } = context as RequestContext
  return { expiresMs: arrivedMs + timeoutMs, traceId }
}

function checkShape (schema: Schema<unknown>, value: unknown, path: string): void {
  try {
    schema(value, path)
  } catch (cause) {
    throw new EnclaveError('INVALID_PARAMS', (cause as SchemaError).message, { cause })
  }
}
