import { closeSync, openSync } from 'node:fs'
import koffi from 'koffi'
import { EnclaveError } from '@enclave-signer/protocol'
import { errnoName, libc } from '../libc.ts'
import { Turns } from '../turns.ts'
import { bytesOfNsmAnswer, expectBareAnswer, pcrValueOf, toNsmDescription, toPcrDescription } from './nsm-answers.ts'
import { decodeNsmAnswer, encodeNsmRequest } from './nsm-codec.ts'
import type { NsmAnswer, NsmRequest } from './nsm-codec.ts'
import type { NsmModule } from './nsm.ts'

/** `_IOWR(0x0A, 0, struct nsm_raw)` (Linux include/uapi/linux/nsm.h). */
const nsmRequestIoctl = 0xC0200A00
/** Longest request and answer, in bytes (same header). A longer request is `EMSGSIZE`; a longer answer is cut off silently. */
const maxRequestBytes = 4096
const maxAnswerBytes = 12288
/** struct nsm_raw: addresses and lengths of request and answer, four 64-bit numbers. */
const messageBytes = 32
const answerLengthOffset = 24

/** The device takes one request at a time (drivers/misc/nsm.c holds a lock), so waiting is done here. */
const maxWaitingRequests = 1024

/** The NSM behind its device; closing it is for tests, an enclave keeps it. */
export interface NsmDevice extends NsmModule {
  close (): void
}

/**
 * Opens the NSM's device, `/dev/nsm` in an enclave.
 *
 * @throws EnclaveError `NSM_FAILED` when it cannot be opened.
 */
export function openNsmDevice (path: string): NsmDevice {
  const fd = openDevice(path)
  const turns = new Turns({ parallel: 1, maxWaiting: maxWaitingRequests })
  const ask = async (request: NsmRequest): Promise<NsmAnswer> => await turns.run(async () => await exchange(fd, request))
  return {
    attest: async request => bytesOfNsmAnswer(await ask({ type: 'Attestation', ...request }), 'Attestation', 'document'),
    random: async () => bytesOfNsmAnswer(await ask({ type: 'GetRandom' }), 'GetRandom', 'random'),
    describeNsm: async () => toNsmDescription(await ask({ type: 'DescribeNSM' })),
    describePcr: async index => toPcrDescription(await ask({ type: 'DescribePCR', index })),
    extendPcr: async (index, data) => pcrValueOf(await ask({ type: 'ExtendPCR', index, data }), 'ExtendPCR'),
    lockPcr: async index => { expectBareAnswer(await ask({ type: 'LockPCR', index }), 'LockPCR') },
    lockPcrs: async range => { expectBareAnswer(await ask({ type: 'LockPCRs', range }), 'LockPCRs') },
    close: () => { closeSync(fd) },
  }
}

function openDevice (path: string): number {
  try {
    return openSync(path, 'r+')
  } catch (cause) {
    throw new EnclaveError('NSM_FAILED', `the NSM device ${path} cannot be opened: ${codeOf(cause)}`, { cause })
  }
}

async function exchange (fd: number, request: NsmRequest): Promise<NsmAnswer> {
  const requestBytes = encodeNsmRequest(request)
  if (requestBytes.length > maxRequestBytes) {
    throw new EnclaveError('NSM_FAILED', `a request of ${requestBytes.length} bytes to the NSM; it takes ${maxRequestBytes}`)
  }
  return decodeNsmAnswer(await callDevice(fd, requestBytes))
}

async function callDevice (fd: number, request: Buffer): Promise<Buffer> {
  const answer = Buffer.alloc(maxAnswerBytes)
  const message = Buffer.alloc(messageBytes)
  message.writeBigUInt64LE(koffi.address(request), 0)
  message.writeBigUInt64LE(BigInt(request.length), 8)
  message.writeBigUInt64LE(koffi.address(answer), 16)
  message.writeBigUInt64LE(BigInt(answer.length), answerLengthOffset)
  await callIoctl(fd, message, request)
  const answerBytes = Number(message.readBigUInt64LE(answerLengthOffset))
  if (answerBytes > maxAnswerBytes) throw new EnclaveError('NSM_FAILED', `the NSM announced an answer of ${answerBytes} bytes`)
  return answer.subarray(0, answerBytes)
}

/** `request` is held here so that the memory whose address is in `message` outlives the call. */
function callIoctl (fd: number, message: Buffer, request: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    libc.ioctl.async(fd, nsmRequestIoctl, message, (error: unknown, result: number) => {
      if (error === null && result === 0) resolve()
      else reject(new EnclaveError('NSM_FAILED', `the NSM refused a request of ${request.length} bytes: ${errnoName()}`))
    })
  })
}

function codeOf (error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown'
}
