import { randomBytes, randomUUID } from 'node:crypto'
import { mkdir, readFile, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'

import type { Image } from './docker/image.ts'
import { openImageStore } from './docker/image-store.ts'
import { developmentImage, registerDevelopmentImage } from './docker/register-image.ts'
import { createCredentialIssuer } from './ecs/credentials.ts'
import type { CredentialIssuer } from './ecs/credentials.ts'
import { createTaskMetadata } from './ecs/metadata.ts'
import { startEcs } from './ecs/server.ts'
import type { Ecs } from './ecs/server.ts'
import { createRotatingCredentials } from './ecs/task-role.ts'
import { takeFault } from './faults/fault-file.ts'
import type { CredentialDirectory } from './kms/signature-v4/credentials.ts'
import { startKms } from './kms/server.ts'
import type { Kms } from './kms/server.ts'
import { findRunningEnclaves, forgetDeadEnclaves, terminateEveryEnclave } from './nitro-cli/running-enclaves/running-enclaves.ts'
import { ensureNsmRoot, nsmRootFile } from './nsm/root.ts'
import { keptHostFile, newHost, writeHostFile } from './state/host-file.ts'
import type { HostFile } from './state/host-file.ts'
import { simulatorPaths } from './state/simulator-directory.ts'
import type { SimulatorPaths } from './state/simulator-directory.ts'

/** What a simulated host is started with. */
export interface SimulatedHostOptions {
  /** The state directory; created when missing. Everything kept in it survives a restart. */
  readonly directory: string
  /** Default `us-east-1`; a directory that was used before keeps its region. */
  readonly region?: string
  /** How long each set of the task role's credentials is valid. Default an hour, as on ECS. */
  readonly credentialsLifetimeMs?: number
  /** Unix milliseconds; the clock of KMS and credentials. Enclaves have the system's. Default the system's clock. */
  readonly now?: () => number
  /** The repository whose enclave program is registered as the development image. Default the one this package lies in. */
  readonly repository?: string
}

/** A running simulated Nitro host. */
export interface SimulatedHost {
  /** What ECS and the host give to the parent. `PATH` is not in it: {@link SimulatedHost.binDirectory} goes first there. */
  readonly parentEnvironment: Readonly<Record<string, string>>
  /** With which an ordinary AWS client is the account's administrator at the simulated KMS. */
  readonly clientEnvironment: Readonly<Record<string, string>>
  /** Holds nitro-cli, docker, vsock-proxy and socat. */
  readonly binDirectory: string
  readonly kms: Kms
  /** Ends every enclave of this host. */
  terminateEnclaves (): Promise<void>
  /** Stops what {@link startSimulatedHost} started. Enclaves go on: they are not this process's. */
  close (): Promise<void>
}

const hourMs = 60 * 60 * 1000
const defaultRegion = 'us-east-1'

/** The parent's role, and the one for whoever sets the host up. */
const taskRoleName = 'enclave-signer-task'
const administratorRoleName = 'enclave-signer-administrator'

/** `packages/simulator/src` lies three folders below the repository's root. */
const ownRepository = resolve(import.meta.dirname, '../../..')

/** Starts the simulated Nitro host: its NSM root, images, KMS and ECS endpoints. Enclaves are started by its `nitro-cli`. */
export async function startSimulatedHost (options: SimulatedHostOptions): Promise<SimulatedHost> {
  const { directory, region, now = Date.now, repository = ownRepository } = options
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const paths = simulatorPaths(resolve(directory))
  await mkdir(paths.vsock, { recursive: true, mode: 0o700 })
  await ensureNsmRoot(paths.nsm, now)
  const image = await registerDevelopmentImage(openImageStore(paths.images), repository)
  const host = keptHostFile(paths.hostFile) ?? newHost(region ?? defaultRegion)
  const issuer = createCredentialIssuer(now)
  const kms = await startKmsOf(host, paths, issuer, now)
  const ecs = await startEcsOf(host, image, issuer, { ...options, directory: paths.directory })
  await writeHostFile(paths.hostFile, { ...host, hosts: { ...host.hosts, [`${kmsHostOf(host)}:443`]: `127.0.0.1:${kms.port}` } })
  await forgetDeadEnclaves(paths)
  const keyArn = await kms.ensureDefaultKey()
  return {
    parentEnvironment: {
      // A host's parents share one lock; this host's own keeps the machine's simulated hosts apart.
      LAUNCH_LOCK_FILE: join(paths.vsock, 'launch.lock'),
      AWS_REGION: host.region,
      KMS_KEY_ARN: keyArn,
      ECS_CONTAINER_METADATA_URI_V4: ecs.metadataUri,
      AWS_CONTAINER_CREDENTIALS_FULL_URI: ecs.credentialsUri,
      ATTESTATION_ROOT_FILE: nsmRootFile(paths.nsm),
      NITRO_SIMULATOR_DIR: paths.directory,
    },
    clientEnvironment: clientEnvironment(host, kms, keyArn, issuer),
    binDirectory: resolve(import.meta.dirname, '../bin'),
    kms,
    terminateEnclaves: async () => { await terminateEveryEnclave(paths) },
    async close () {
      await Promise.all([ecs.close(), kms.close()])
      await removeUnusedSockets(paths)
    },
  }
}

async function startKmsOf (host: HostFile, paths: SimulatorPaths, credentials: CredentialDirectory, now: () => number): Promise<Kms> {
  const attestationRoot = await readFile(nsmRootFile(paths.nsm), 'utf8')
  const { region, accountId } = host
  return await startKms({ directory: paths.kms, region, accountId, hostNames: [kmsHostOf(host)], attestationRoot, credentials, now })
}

async function startEcsOf (host: HostFile, image: Image, issuer: CredentialIssuer, options: SimulatedHostOptions): Promise<Ecs> {
  const { directory, credentialsLifetimeMs = hourMs, now = Date.now } = options
  const role = {
    roleArn: `arn:aws:iam::${host.accountId}:role/${taskRoleName}`,
    principalArn: sessionArn(host, taskRoleName),
    lifetimeMs: credentialsLifetimeMs,
  }
  return await startEcs({
    containerId: `${randomBytes(16).toString('hex')}-${randomBytes(5).readUInt32BE()}`,
    credentialsId: randomUUID(),
    metadata: createTaskMetadata({ ...host, image: developmentImage, imageId: image.id, startedAt: now() }),
    credentials: createRotatingCredentials(issuer, role, now),
    takeFault: (at) => takeFault(directory, at),
  })
}

/** Enclaves that go on need theirs, and the relay's. */
async function removeUnusedSockets (paths: SimulatorPaths): Promise<void> {
  const { records, silent } = await findRunningEnclaves(paths)
  if (records.length + silent.length === 0) await rm(paths.vsock, { recursive: true, force: true })
}

/** The administrator's credentials never expire: a shell may stay open for days. */
function clientEnvironment (host: HostFile, kms: Kms, keyArn: string, issuer: CredentialIssuer): Record<string, string> {
  const administrator = issuer.issue({ principalArn: sessionArn(host, administratorRoleName) })
  return {
    AWS_ENDPOINT_URL_KMS: kms.endpoint,
    AWS_CA_BUNDLE: kms.caFile,
    AWS_REGION: host.region,
    // The first AWS command line knows only this one.
    AWS_DEFAULT_REGION: host.region,
    AWS_ACCESS_KEY_ID: administrator.accessKeyId,
    AWS_SECRET_ACCESS_KEY: administrator.secretAccessKey,
    AWS_SESSION_TOKEN: administrator.sessionToken,
    KMS_KEY_ARN: keyArn,
  }
}

function sessionArn ({ accountId, instanceId }: HostFile, role: string): string {
  return `arn:aws:sts::${accountId}:assumed-role/${role}/${instanceId}`
}

/** KMS's host name in a region, as the parent's vsock-proxy is told it. */
function kmsHostOf ({ region }: HostFile): string {
  return `kms.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`
}
