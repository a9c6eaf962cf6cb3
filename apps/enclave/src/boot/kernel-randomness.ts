import { closeSync, openSync, writeSync } from 'node:fs'
import { expectSuccess, libc } from '../libc.ts'

/** `RNDADDENTROPY`, `_IOW('R', 3, int[2])`, and `RNDRESEEDCRNG`, `_IO('R', 7)` (Linux include/uapi/linux/random.h). */
const addEntropyIoctl = 0x40085203
const reseedIoctl = 0x5207
/** `struct rand_pool_info`: two ints, bits of entropy and bytes, before the bytes themselves. */
const headerBytes = 8

/**
 * Mixes random bytes into the kernel's pool and has its generator seeded anew, so that all it gives from now on depends on them. The bytes
 * count as fully random, as the kernel's own NSM driver rates them (drivers/misc/nsm.c).
 *
 * @throws SystemCallError; both calls are root's.
 */
export function creditKernelPool (random: Uint8Array): void {
  const poolInfo = poolInfoOf(random)
  withPool(fd => {
    expectSuccess(libc.ioctl(fd, addEntropyIoctl, poolInfo), 'RNDADDENTROPY')
    expectSuccess(libc.ioctl(fd, reseedIoctl, null), 'RNDRESEEDCRNG')
  })
  poolInfo.fill(0)
}

/** A `struct rand_pool_info` that credits every bit of these bytes. */
export function poolInfoOf (random: Uint8Array): Buffer {
  const poolInfo = Buffer.alloc(headerBytes + random.length)
  poolInfo.writeInt32LE(random.length * 8, 0)
  poolInfo.writeInt32LE(random.length, 4)
  poolInfo.set(random, headerBytes)
  return poolInfo
}

/** Mixes bytes into the kernel's pool as anybody may: they are used when the kernel next seeds its generator by itself (random(4)). */
export function writeKernelPool (random: Uint8Array): void {
  withPool(fd => { writeSync(fd, random) })
}

function withPool (work: (fd: number) => void): void {
  const fd = openSync('/dev/random', 'r+')
  try {
    work(fd)
  } finally {
    closeSync(fd)
  }
}
