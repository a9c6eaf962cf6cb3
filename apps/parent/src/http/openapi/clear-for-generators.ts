import type { Json } from './named-schemas.ts'

type JsonObject = Readonly<Record<string, Json>>

/**
 * The same document in which no schema requires a member that has a default (a caller may leave it out; only the handler can rely on it)
 * and every enumeration of texts says that it is one.
 */
export function clearForGenerators (value: Json): Json {
  if (value === null || typeof value !== 'object') return value
  if (Array.isArray(value)) return value.map(clearForGenerators)
  const walked = Object.fromEntries(Object.entries(value).map(([member, inner]) => [member, clearForGenerators(inner)]))
  return withTextType(withoutDefaultedRequirements(walked))
}

function withoutDefaultedRequirements (schema: JsonObject): JsonObject {
  const { required, properties } = schema
  if (!Array.isArray(required) || !isObject(properties)) return schema
  return { ...schema, required: required.filter(member => typeof member !== 'string' || !hasDefault(properties[member])) }
}

function hasDefault (schema: Json | undefined): boolean {
  return isObject(schema) && 'default' in schema
}

function withTextType (schema: JsonObject): JsonObject {
  const words = schema.enum
  return Array.isArray(words) && words.every(word => typeof word === 'string') ? { type: 'string', ...schema } : schema
}

function isObject (value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
