import { constants } from 'node:os'

/** The steps of an enclave's life, in their order. `running` is whatever comes after the boot sequence. */
export const bootSteps = [
  'settings', 'machine', 'core-dumps', 'nsm', 'randomness', 'registers', 'clock', 'run-directory', 'privileges', 'listener', 'bridges', 'running', 'stopping',
] as const

/** See {@link bootSteps}. */
export type BootStep = (typeof bootSteps)[number]

/** The bridges between vsock and the enclave's Unix sockets, by what lies at their other end. */
export const bridges = ['parent', 'kms'] as const

/** See {@link bridges}. */
export type BridgeName = (typeof bridges)[number]

/** The measured settings of an enclave, by their environment variables. */
export const settings = [
  'AWS_REGION', 'KMS_KEY_ARN', 'KMS_PROXY_PORT', 'LISTEN_SOCKET', 'KMS_SOCKET', 'LIMIT_KEYS', 'LIMIT_CONNECTIONS', 'LIMIT_REQUESTS_IN_FLIGHT',
] as const

/** See {@link settings}. */
export type Setting = (typeof settings)[number]

/** What can be wrong with a setting. */
export const settingFaults = ['missing', 'malformed', 'other-region', 'other-partition', 'out-of-range', 'relative-path', 'too-long'] as const

/** See {@link settingFaults}. */
export type SettingFault = (typeof settingFaults)[number]

/** Why an enclave cannot go on, besides the codes it answers with: a code of its boot, or the system's own name of an error (errno(3)). */
export const bootFailureCodes = [
  'CONFIG_INVALID',
  /** A file system that init mounts is not there. */
  'MOUNT_MISSING',
  /** The NSM's registers could not all be locked. */
  'REGISTERS_OPEN',
  /** The folder of the sockets is somebody else's, or others may look into it. */
  'RUN_DIRECTORY_UNSAFE',
  /** A privilege was left after root was dropped. */
  'PRIVILEGES_LEFT',
  /** The program's own files can be written after root was dropped. */
  'CODE_WRITABLE',
  /** The bridge to the parent, or to KMS, ended time and again. */
  'BRIDGE_PARENT_ENDED',
  'BRIDGE_KMS_ENDED',
  ...Object.keys(constants.errno) as (keyof typeof constants.errno)[],
] as const

/** See {@link bootFailureCodes}. */
export type BootFailureCode = (typeof bootFailureCodes)[number]
