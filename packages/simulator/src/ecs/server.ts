import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

import type { EcsFault } from '../faults/fault.ts'
import { faultPointOf, sufferEcsFault } from './fault.ts'
import type { TaskMetadata } from './metadata.ts'
import type { CredentialsAnswer } from './task-role.ts'

/** What the ECS agent answers with. */
export interface EcsOptions {
  /** The last part of the metadata URI. */
  readonly containerId: string
  /** The last part of the credentials URI; a UUID. */
  readonly credentialsId: string
  readonly metadata: TaskMetadata
  readonly credentials: () => CredentialsAnswer
  /** The fault that a request has to suffer. Default: none ever. */
  readonly takeFault?: (at: EcsFault['at']) => EcsFault | undefined
}

/** A listening ECS agent. */
export interface Ecs {
  /** `ECS_CONTAINER_METADATA_URI_V4`. */
  readonly metadataUri: string
  /** `AWS_CONTAINER_CREDENTIALS_FULL_URI`. */
  readonly credentialsUri: string
  close (): Promise<void>
}

const credentialsPath = '/v2/credentials'

/** Starts the ECS agent's task endpoints on a port of its own at 127.0.0.1. */
export async function startEcs (options: EcsOptions): Promise<Ecs> {
  const server = createServer((request, response) => {
    serve(request, response, options).catch(() => { response.destroy() })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    metadataUri: `${origin}/v4/${options.containerId}`,
    credentialsUri: `${origin}${credentialsPath}/${options.credentialsId}`,
    async close () {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

async function serve (request: IncomingMessage, response: ServerResponse, options: EcsOptions): Promise<void> {
  const { pathname } = new URL(request.url ?? '/', 'http://localhost')
  const fault = options.takeFault?.(faultPointOf(pathname))
  if (fault && await sufferEcsFault(fault, request, response)) return
  answer(pathname, options, response)
}

function answer (path: string, { containerId, credentialsId, metadata, credentials }: EcsOptions, response: ServerResponse): void {
  if (path === `/v4/${containerId}`) send(response, 200, metadata.container)
  else if (path === `/v4/${containerId}/task`) send(response, 200, metadata.task)
  else if (path === `${credentialsPath}/${credentialsId}`) send(response, 200, credentials())
  else if (path === credentialsPath || path === `${credentialsPath}/`) refuseCredentials(response, 'NoIdInRequest', 'No Credential ID in the request')
  else if (path.startsWith(`${credentialsPath}/`)) refuseCredentials(response, 'InvalidIdInRequest', 'Credentials not found')
  else if (path.startsWith('/v4/')) send(response, 404, `V4 container metadata handler: unable to get container ID from request: unable to get docker ID from v3 endpoint ID: ${path.split('/')[2] ?? ''}`)
  else send(response, 404, '404 page not found')
}

/** The error bodies of ecs-agent/tmds/handlers/v1/credentials_handler.go. */
function refuseCredentials (response: ServerResponse, code: string, message: string): void {
  send(response, 400, { code, message: `CredentialsV2Request: ${message}`, HTTPErrorCode: 400 })
}

function send (response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}
