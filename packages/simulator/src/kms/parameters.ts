import { KmsError } from './errors.ts'
import { isJsonObject } from './json.ts'

/** Bounds of a text's length in characters, of a blob's in bytes, or of a number. */
export interface Bounds { readonly minimum?: number, readonly maximum?: number }

/**
 * Reads the members of a request. A value of the wrong JSON type answers SerializationException and a value outside its bounds
 * ValidationException, as AWS's own protocol layer does; the first fault is the one answered. `null` counts as absent. Unknown members
 * are ignored.
 */
export class Parameters {
  readonly #members: Record<string, unknown>
  readonly #path: string

  /** @param path - where these members stand in the request, such as `recipient.` */
  constructor (members: Record<string, unknown>, path = '') {
    this.#members = members
    this.#path = path
  }

  /** The JSON body of a request; an empty body stands for no members. */
  static fromBody (body: Buffer): Parameters {
    if (body.length === 0) return new Parameters({})
    const value = parseJson(body)
    if (!isJsonObject(value)) throw new KmsError('SerializationException', 'Start of structure or map expected')
    return new Parameters(value)
  }

  text (name: string, bounds: Bounds = {}): string | undefined {
    const value = this.#member(name)
    if (value === undefined) return undefined
    if (typeof value !== 'string') throw new KmsError('SerializationException', `${this.#show(name)} is not a String`)
    this.#check(name, value.length, bounds, 'length ')
    return value
  }

  requiredText (name: string, bounds: Bounds = {}): string {
    return this.text(name, bounds) ?? this.#missing(name)
  }

  /** Base64 in the request; the bounds are those of the bytes. */
  blob (name: string, bounds: Bounds = {}): Buffer | undefined {
    const text = this.text(name)
    if (text === undefined) return undefined
    if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text)) {
      throw new KmsError('SerializationException', `${this.#show(name)} is not valid Base64`)
    }
    const bytes = Buffer.from(text, 'base64')
    this.#check(name, bytes.length, bounds, 'length ')
    return bytes
  }

  requiredBlob (name: string, bounds: Bounds = {}): Buffer {
    return this.blob(name, bounds) ?? this.#missing(name)
  }

  integer (name: string, bounds: Bounds = {}): number | undefined {
    const value = this.#member(name)
    if (value === undefined) return undefined
    if (typeof value !== 'number' || !Number.isInteger(value)) {
      throw new KmsError('SerializationException', `${this.#show(name)} is not an Integer`)
    }
    this.#check(name, value, bounds, 'value ')
    return value
  }

  flag (name: string): boolean {
    const value = this.#member(name) ?? false
    if (typeof value !== 'boolean') throw new KmsError('SerializationException', `${this.#show(name)} is not a Boolean`)
    return value
  }

  /** One word of a closed set. */
  choice<const Word extends string> (name: string, words: readonly Word[]): Word | undefined {
    const value = this.text(name)
    if (value === undefined) return undefined
    return words.find(word => word === value) ?? this.#refuse(name, `Member must satisfy enum value set: [${words.join(', ')}]`)
  }

  /** A map of texts; empty where absent. */
  textMap (name: string): Map<string, string> {
    const entries = Object.entries(this.#object(name) ?? {})
    return new Map(entries.map(([key, value]) => {
      if (typeof value !== 'string') throw new KmsError('SerializationException', `a value of ${this.#show(name)} is not a String`)
      return [key, value]
    }))
  }

  /** A structure inside the request. */
  structure (name: string): Parameters | undefined {
    const members = this.#object(name)
    return members && new Parameters(members, `${this.#show(name)}.`)
  }

  #member (name: string): unknown {
    const value = Object.hasOwn(this.#members, name) ? this.#members[name] : undefined
    return value ?? undefined
  }

  #object (name: string): Record<string, unknown> | undefined {
    const value = this.#member(name)
    if (value === undefined || isJsonObject(value)) return value
    throw new KmsError('SerializationException', `${this.#show(name)} is not a structure or map`)
  }

  #check (name: string, size: number, { minimum = 0, maximum = Infinity }: Bounds, what: string): void {
    if (size < minimum) this.#refuse(name, `Member must have ${what}greater than or equal to ${minimum}`)
    if (size > maximum) this.#refuse(name, `Member must have ${what}less than or equal to ${maximum}`)
  }

  #missing (name: string): never {
    throw validationError(`Value null at '${this.#show(name)}' failed to satisfy constraint: Member must not be null`)
  }

  // AWS shows the value of members it does not hold for sensitive; a message is a log line, so here it is never shown.
  #refuse (name: string, constraint: string): never {
    throw validationError(`Value at '${this.#show(name)}' failed to satisfy constraint: ${constraint}`)
  }

  // Coral spells members in lower camel case in these messages.
  #show (name: string): string {
    return this.#path + name.charAt(0).toLowerCase() + name.slice(1)
  }
}

function validationError (fault: string): KmsError {
  return new KmsError('ValidationException', `1 validation error detected: ${fault}`)
}

function parseJson (body: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body))
  } catch (cause) {
    throw new KmsError('SerializationException', 'the body is not JSON', { cause })
  }
}
