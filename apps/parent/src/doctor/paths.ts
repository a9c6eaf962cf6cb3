import { join } from 'node:path'

/** What the doctor looks at in the host's file system. */
export interface DoctorPaths {
  readonly enclaveDevice: string
  readonly vsockDevice: string
  /** The enclaves' CPUs, as a list such as `1,3,5-7`. */
  readonly enclaveCpus: string
  readonly allocatorFile: string
  readonly allowListFile: string
  readonly meminfo: string
  /** One folder a page size. */
  readonly hugepages: string
  readonly logVolume: string
  readonly settingsVolume: string
  readonly hugepagesVolume: string
  readonly dockerSocket: string
}

/** The paths of a host whose root folder is mounted at `root`. */
export function doctorPaths (root = '/'): DoctorPaths {
  return {
    enclaveDevice: join(root, 'dev/nitro_enclaves'),
    vsockDevice: join(root, 'dev/vsock'),
    enclaveCpus: join(root, 'sys/module/nitro_enclaves/parameters/ne_cpus'),
    allocatorFile: join(root, 'etc/nitro_enclaves/allocator.yaml'),
    allowListFile: join(root, 'etc/nitro_enclaves/vsock-proxy.yaml'),
    meminfo: join(root, 'proc/meminfo'),
    hugepages: join(root, 'sys/kernel/mm/hugepages'),
    logVolume: join(root, 'var/log/nitro_enclaves'),
    settingsVolume: join(root, 'etc/nitro_enclaves'),
    hugepagesVolume: join(root, 'dev/hugepages'),
    dockerSocket: join(root, 'var/run/docker.sock'),
  }
}
