/*
 * The messages of a character device in user space (Linux include/uapi/linux/fuse.h), as far as a device needs them
 * that knows nothing but ioctl. Numbers are little-endian; the kernel gives one whole request to a read and takes one whole reply
 * with a write.
 */

/** struct fuse_in_header and struct fuse_out_header, in bytes. */
const requestHeaderBytes = 40
const replyHeaderBytes = 16

/** enum fuse_opcode. */
export const opcodes = { open: 14, release: 18, flush: 25, interrupt: 36, ioctl: 39, cuseInit: 4096 } as const

/** `FUSE_KERNEL_VERSION`. */
const protocolVersion = { major: 7, minor: 31 }

/** `CUSE_UNRESTRICTED_IOCTL`: the server says which memory of the caller an ioctl reads and writes. */
const unrestrictedIoctl = 1
/** `FUSE_IOCTL_RETRY`: the answer to an ioctl is not its result but that memory. */
const ioctlRetry = 4

/** Most bytes of one write and one read of the device, which has neither. */
const maxTransferBytes = 4096

/** A request of the kernel. */
export interface FuseRequest {
  readonly opcode: number
  /** Its reply has the same. */
  readonly unique: bigint
  readonly body: Buffer
}

/** An ioctl of some process's. */
export interface IoctlRequest {
  readonly command: number
  /** The third argument: an address in that process. */
  readonly argument: bigint
  /** What lay in the memory that was asked for. */
  readonly input: Buffer
}

/** A piece of the calling process's memory. */
export interface CallerMemory {
  readonly address: bigint
  readonly bytes: number
}

/** How an ioctl is answered. */
export type IoctlAnswer =
  /** It shall come again with what lies in `read`; its output shall go to `write`. */
  | { readonly read: readonly CallerMemory[], readonly write: readonly CallerMemory[] }
  /** What it returns; below zero the negative number of an error (errno(3)). `output` fills the memory given for it, in its order. */
  | { readonly result: number, readonly output?: Buffer }

/** Takes a request of the kernel apart. */
export function decodeRequest (message: Buffer): FuseRequest {
  return { opcode: message.readUInt32LE(4), unique: message.readBigUInt64LE(8), body: message.subarray(requestHeaderBytes) }
}

/** The reply to a request. */
export function encodeReply (unique: bigint, body: Buffer = Buffer.alloc(0)): Buffer {
  return encodeOut(unique, 0, body)
}

/** The refusal of a request, by the number of an error. */
export function encodeRefusal (unique: bigint, errno: number): Buffer {
  return encodeOut(unique, -errno, Buffer.alloc(0))
}

function encodeOut (unique: bigint, error: number, body: Buffer): Buffer {
  const header = Buffer.alloc(replyHeaderBytes)
  header.writeUInt32LE(replyHeaderBytes + body.length, 0)
  header.writeInt32LE(error, 4)
  header.writeBigUInt64LE(unique, 8)
  return Buffer.concat([header, body])
}

/** struct cuse_init_out, with the device's name: the kernel makes `/dev/<name>` of it, under a number of its own choice. */
export function encodeCuseInit (name: string): Buffer {
  const out = Buffer.alloc(72)
  const fields = [protocolVersion.major, protocolVersion.minor, 0, unrestrictedIoctl, maxTransferBytes, maxTransferBytes]
  fields.forEach((value, index) => { out.writeUInt32LE(value, 4 * index) })
  return Buffer.concat([out, Buffer.from(`DEVNAME=${name}\0`)])
}

/** struct fuse_open_out: nothing is remembered of an open file. */
export function encodeOpen (): Buffer {
  return Buffer.alloc(16)
}

/** Reads struct fuse_ioctl_in and what follows it. */
export function decodeIoctl (body: Buffer): IoctlRequest {
  const inputBytes = body.readUInt32LE(24)
  return { command: body.readUInt32LE(12), argument: body.readBigUInt64LE(16), input: body.subarray(32, 32 + inputBytes) }
}

/** struct fuse_ioctl_out with what follows it: the output, or an array of struct fuse_ioctl_iovec. */
export function encodeIoctl (answer: IoctlAnswer): Buffer {
  if ('result' in answer) return Buffer.concat([ioctlOut([answer.result, 0, 0, 0]), answer.output ?? Buffer.alloc(0)])
  const { read, write } = answer
  return Buffer.concat([ioctlOut([0, ioctlRetry, read.length, write.length]), ...[...read, ...write].map(encodeMemory)])
}

function ioctlOut (fields: readonly number[]): Buffer {
  const out = Buffer.alloc(16)
  fields.forEach((value, index) => { out.writeInt32LE(value, 4 * index) })
  return out
}

function encodeMemory ({ address, bytes }: CallerMemory): Buffer {
  const out = Buffer.alloc(16)
  out.writeBigUInt64LE(address, 0)
  out.writeBigUInt64LE(BigInt(bytes), 8)
  return out
}
