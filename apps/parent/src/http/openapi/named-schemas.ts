/** A JSON value that is part of a document. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [member: string]: Json }

type JsonObject = Readonly<Record<string, Json>>

/** A title that is a name, as of a type in a generated client. */
const name = /^[A-Z][A-Za-z]+$/

/** The same document with every schema whose `title` is a name taken out, and what was taken out. */
export interface NamedSchemas {
  document: Json
  schemas: Record<string, Json>
}

/** Puts `$ref`s in the place of titled schemas. Schemas of one name are the same schema. */
export function takeOutNamedSchemas (document: Json): NamedSchemas {
  const schemas: Record<string, Json> = {}
  const walk = (value: Json): Json => {
    if (isArray(value)) return value.map(walk)
    if (!isObject(value)) return value
    const walked = Object.fromEntries(Object.entries(value).map(([member, inner]) => [member, walk(inner)]))
    const { title } = value
    if (typeof title !== 'string' || !name.test(title)) return walked
    schemas[title] = walked
    return { $ref: `#/components/schemas/${title}` }
  }
  return { document: walk(document), schemas }
}

/** `Array.isArray` does not narrow read-only arrays. */
function isArray (value: Json): value is readonly Json[] {
  return Array.isArray(value)
}

function isObject (value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null
}
