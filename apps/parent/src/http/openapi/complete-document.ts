import { everyCallerProblems, everyRouteProblems, problemCodes } from '../openapi.ts'
import { problemTable } from '../../problems/problem-table.ts'
import type { ProblemCode } from '../../problems/problem-table.ts'
import { answerExamples, requestExamples } from './examples.ts'
import { requestHeaders, responseHeaders } from './headers.ts'
import type { ResponseHeader } from './headers.ts'
import { takeOutNamedSchemas } from './named-schemas.ts'
import type { Json } from './named-schemas.ts'
import { clearForGenerators } from './clear-for-generators.ts'
import { problemExamples, problemResponse } from './problem-responses.ts'
import { security, securitySchemes } from './security.ts'

/** As much of an OpenAPI 3.1 document as is worked on here. */
export interface OpenApiDocument {
  paths: Record<string, Record<string, Operation>>
  components: Record<string, unknown>
  security?: Record<string, string[]>[]
}

interface Operation {
  operationId: string
  security?: readonly unknown[]
  parameters?: unknown[]
  requestBody?: { content: Record<string, { examples?: unknown, example?: unknown }> }
  responses: Record<string, Response>
}

interface Response {
  description: string
  headers?: Record<string, unknown>
  content?: Record<string, { schema?: Record<string, unknown>, examples?: unknown, example?: unknown }>
}

/**
 * Makes what the routes' schemas say a whole document: codes and headers that all routes share, problems with an example of each, names
 * for what a generated client gives a type.
 */
export function completeDocument (raw: OpenApiDocument): OpenApiDocument {
  const used = new Set<ProblemCode>()
  const paths = mapValues(raw.paths, item => mapValues(item, operation => completeOperation(operation, used)))
  const { document, schemas } = takeOutNamedSchemas(clearForGenerators(paths as unknown as Json))
  const components = {
    ...raw.components,
    securitySchemes,
    schemas,
    headers: responseHeaders,
    parameters: requestHeaders,
    examples: problemExamples(used),
  }
  return { ...raw, security, paths: document as unknown as OpenApiDocument['paths'], components }
}

function completeOperation (operation: Operation, used: Set<ProblemCode>): Operation {
  const { operationId, requestBody, parameters = [] } = operation
  const commonParameters = Object.keys(requestHeaders).map(name => ({ $ref: `#/components/parameters/${name}` }))
  const examples = requestExamples[operationId]
  return {
    ...operation,
    parameters: [...parameters, ...commonParameters],
    ...requestBody !== undefined && { requestBody: examples === undefined ? requestBody : withExamples(requestBody, examples) },
    responses: { ...successes(operation), ...problems(operation, used) },
  }
}

function successes ({ operationId, responses, parameters = [] }: Operation): Record<string, Response> {
  const repeatable = parameters.some(parameter => typeof parameter === 'object' && parameter !== null && 'name' in parameter && parameter.name === 'Idempotency-Key')
  const examples = answerExamples[operationId]
  return mapValues(pick(responses, status => status.startsWith('2')), (response, status) => ({
    ...examples === undefined ? response : withExamples(response, examples),
    headers: headersOf(['X-Request-Id', ...status === '201' ? ['Location'] as const : [], ...repeatable ? ['Idempotent-Replayed'] as const : []]),
  }))
}

function problems ({ responses, security }: Operation, used: Set<ProblemCode>): Record<string, Response> {
  const byStatus = new Map(Object.entries(pick(responses, status => !status.startsWith('2'))).map(([status, response]) => [status, codesIn(response)]))
  for (const code of [...everyRouteProblems, ...security?.length === 0 ? [] : everyCallerProblems]) {
    const status = String(problemTable[code].status)
    byStatus.set(status, [...byStatus.get(status) ?? [], code])
  }
  return Object.fromEntries(Array.from(byStatus, ([status, codes]) => {
    const distinct = [...new Set(codes)]
    for (const code of distinct) used.add(code)
    return [status, { ...problemResponse(distinct), headers: headersOf(problemHeaders(status, distinct)) } as Response]
  }))
}

function codesIn ({ content }: Response): ProblemCode[] {
  return (content?.['application/problem+json']?.schema?.[problemCodes] ?? []) as ProblemCode[]
}

function problemHeaders (status: string, codes: readonly ProblemCode[]): ResponseHeader[] {
  return [
    'X-Request-Id',
    ...codes.some(code => problemTable[code].retryAfter !== undefined) ? ['Retry-After'] as const : [],
    ...status === '401' ? ['WWW-Authenticate'] as const : [],
    ...status === '429' ? ['RateLimit', 'RateLimit-Policy'] as const : [],
  ]
}

function headersOf (names: readonly ResponseHeader[]): Record<string, unknown> {
  return Object.fromEntries(names.map(name => [name, { $ref: `#/components/headers/${name}` }]))
}

function withExamples<T extends { content?: Record<string, object> }> (body: T, examples: unknown): T {
  const content = mapValues(body.content ?? {}, ({ example: _example, ...media }: { example?: unknown }) => ({ ...media, examples }))
  return { ...body, content }
}

function mapValues<T, R> (values: Record<string, T>, map: (value: T, name: string) => R): Record<string, R> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, map(value, name)]))
}

function pick<T> (values: Record<string, T>, wanted: (name: string) => boolean): Record<string, T> {
  return Object.fromEntries(Object.entries(values).filter(([name]) => wanted(name)))
}
