import { test } from 'tap'

import { doctorPaths } from '../../src/doctor/paths.ts'

test('the host\'s own paths are those of the documentation, another root goes before them', async t => {
  t.match(doctorPaths(), {
    enclaveDevice: '/dev/nitro_enclaves',
    enclaveCpus: '/sys/module/nitro_enclaves/parameters/ne_cpus',
    allocatorFile: '/etc/nitro_enclaves/allocator.yaml',
    dockerSocket: '/var/run/docker.sock',
  })
  for (const path of Object.values(doctorPaths('/host') as unknown as Record<string, string>)) t.match(path, /^\/host\/[a-z]/)
})
