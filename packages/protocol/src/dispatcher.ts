import { EnclaveError } from './errors.ts'
import { encodeError, encodeResult } from './message.ts'
import type { Request } from './message.ts'
import { isMethod, methods } from './methods.ts'
import type { Method, Params, Result } from './methods.ts'
import type { SchemaError } from './schema.ts'

/** One function a method. What it throws crosses as its code when it is an {@link EnclaveError}, else as `INTERNAL` without any detail. */
export type EnclaveHandlers = { readonly [M in Method]: (params: Params<M>) => Result<M> | Promise<Result<M>> }

/** Where a dispatcher's words go. */
export interface DispatcherPorts {
  /** Takes an answer's text; may throw when it is too big. */
  send: (payload: string) => void
  /** Told of what a handler threw that is no EnclaveError, and why a result cannot be sent. */
  onInternalError: (method: Method, error: unknown) => void
}

/** Brings requests to their handlers and sends one answer each, whatever the handler does. */
export class Dispatcher {
  readonly #handlers: EnclaveHandlers
  readonly #ports: DispatcherPorts

  constructor (handlers: EnclaveHandlers, ports: DispatcherPorts) {
    this.#handlers = handlers
    this.#ports = ports
  }

  /** Answers at once, or returns what settles when the answer was sent; it never throws and never rejects. */
  dispatch ({ id, method, params }: Request): Promise<void> | undefined {
    try {
      if (!isMethod(method)) throw new EnclaveError('METHOD_NOT_FOUND', 'there is no such method')
      checkParams(method, params)
      return this.#call(id, method, params)
    } catch (error) {
      this.#answerError(id, error as EnclaveError)
      return undefined
    }
  }

  #call (id: number, method: Method, params: unknown): Promise<void> | undefined {
    try {
      const result = (this.#handlers[method] as (params: unknown) => unknown)(params)
      if (result instanceof Promise) {
        return result.then(
          value => { this.#answer(id, method, value) },
          (error: unknown) => { this.#answerFailure(id, method, error) }
        )
      }
      this.#answer(id, method, result)
    } catch (error) {
      this.#answerFailure(id, method, error)
    }
    return undefined
  }

  #answer (id: number, method: Method, result: unknown): void {
    try {
      methods[method].result(result, 'result')
      this.#ports.send(encodeResult(id, result))
    } catch (error) {
      this.#report(method, error)
      this.#answerError(id, new EnclaveError('INTERNAL', `${method} has no answer that can be sent`))
    }
  }

  #answerFailure (id: number, method: Method, error: unknown): void {
    if (error instanceof EnclaveError) {
      this.#answerError(id, error)
    } else {
      this.#report(method, error)
      this.#answerError(id, new EnclaveError('INTERNAL', `${method} failed`))
    }
  }

  #answerError (id: number, error: EnclaveError): void {
    this.#ports.send(encodeError(id, error))
  }

  /** A fault of whoever is told must not become one of the connection. */
  #report (method: Method, error: unknown): void {
    try {
      this.#ports.onInternalError(method, error)
    } catch {}
  }
}

function checkParams (method: Method, params: unknown): void {
  try {
    methods[method].params(params, 'params')
  } catch (cause) {
    throw new EnclaveError('INVALID_PARAMS', (cause as SchemaError).message, { cause })
  }
}
