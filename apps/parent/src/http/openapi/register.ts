import swagger from '@fastify/swagger'

import { openApiDocument } from '../openapi.ts'
import type { HttpServer } from '../http-server.ts'
import { completeDocument } from './complete-document.ts'
import type { OpenApiDocument } from './complete-document.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The body as the document shows it, where it is checked with another schema. */
    shownBody?: object
  }
}

/** Collects the schemas of the routes added from here on; `app.swagger()` is the document of all. */
export async function registerOpenApi (app: HttpServer): Promise<void> {
  await app.register(swagger, {
    openapi: openApiDocument,
    transform: ({ schema, url, route }) => {
      const { shownBody, access } = route.config ?? {}
      return { url, schema: { ...schema, ...shownBody !== undefined && { body: shownBody }, ...access === 'everybody' && { security: [] } } }
    },
    transformObject: document => completeDocument((document as unknown as { openapiObject: OpenApiDocument }).openapiObject),
  })
}
