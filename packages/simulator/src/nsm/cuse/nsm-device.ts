import { chmod } from 'node:fs/promises'

import type { NsmRequests } from '../requests.ts'
import { serveCharacterDevice } from './character-device.ts'
import type { CharacterDevice } from './character-device.ts'
import type { IoctlAnswer, IoctlRequest } from './fuse-messages.ts'

/** `_IOWR(0x0A, 0, struct nsm_raw)` (Linux include/uapi/linux/nsm.h). */
const requestCommand = 0xC0200A00
/** struct nsm_raw: address and length of the request, address and room of the answer, 64 bits each. */
const rawBytes = 32
/** Longest request and answer, in bytes (same header). */
const maxRequestBytes = 4096
const maxAnswerBytes = 12_288

/** Everybody may use the real one (drivers/misc/nsm.c, `.mode = 0666`). */
const deviceMode = 0o666

/** errno(3) */
const errors = { EINVAL: 22, ENOTTY: 25, EMSGSIZE: 90 } as const

/**
 * Serves an NSM as a character device whose ioctl is the Linux driver's (drivers/misc/nsm.c), so that a program talks to it
 * through the kernel, as to the NSM of an enclave.
 *
 * @param name - Of the file in `/dev`. Default `nsm`.
 * @throws a system error where this process may not make devices or the kernel cannot.
 */
export async function serveNsmDevice (requests: NsmRequests, name = 'nsm'): Promise<CharacterDevice> {
  const device = await serveCharacterDevice(name, (request) => answerNsmIoctl(request, requests))
  await chmod(device.path, deviceMode)
  return device
}

/**
 * Answers one ioctl. It comes three times: with nothing, with the raw structure, and with the request that this points to. As with the
 * driver, a request that is too long is `EMSGSIZE`, and an answer that does not fit is cut off without a word.
 */
export async function answerNsmIoctl ({ command, argument, input }: IoctlRequest, requests: NsmRequests): Promise<IoctlAnswer> {
  if (command !== requestCommand) return { result: -errors.ENOTTY }
  const raw = { address: argument, bytes: rawBytes }
  if (input.length < rawBytes) return { read: [raw], write: [] }
  const { request, room } = readRaw(input)
  if (request.bytes > maxRequestBytes) return { result: -errors.EMSGSIZE }
  if (request.bytes === 0) return { result: -errors.EINVAL }
  if (input.length < rawBytes + request.bytes) return { read: [raw, request], write: [raw, room] }
  const answer = (await requests(input.subarray(rawBytes, rawBytes + request.bytes))).subarray(0, room.bytes)
  const answered = Buffer.from(input.subarray(0, rawBytes))
  answered.writeBigUInt64LE(BigInt(answer.length), 24)
  return { result: 0, output: Buffer.concat([answered, answer]) }
}

function readRaw (raw: Buffer): Record<'request' | 'room', { address: bigint, bytes: number }> {
  const memory = (offset: number): { address: bigint, bytes: number } => (
    { address: raw.readBigUInt64LE(offset), bytes: Number(raw.readBigUInt64LE(offset + 8)) }
  )
  const room = memory(16)
  return { request: memory(0), room: { ...room, bytes: Math.min(room.bytes, maxAnswerBytes) } }
}
