import { open } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'

import {
  decodeIoctl, decodeRequest, encodeCuseInit, encodeIoctl, encodeOpen, encodeRefusal, encodeReply, opcodes,
} from './fuse-messages.ts'
import type { FuseRequest, IoctlAnswer, IoctlRequest } from './fuse-messages.ts'

/** A character device that this process serves. */
export interface CharacterDevice extends AsyncDisposable {
  /** `/dev/<name>`. */
  readonly path: string
  /** Removes it: whoever has it open gets errors from then on. */
  close (): Promise<void>
}

/** Answers an ioctl. One that throws is answered `EIO`. */
export type IoctlHandler = (request: IoctlRequest) => Promise<IoctlAnswer>

/** More than the kernel asks for (`FUSE_MIN_READ_BUFFER`, 8192), and than any request of an NSM has. */
const readBufferBytes = 65_536

/** errno(3) */
const errors = { EIO: 5, ENODEV: 19, ENOSYS: 38 } as const

/**
 * Makes a character device and answers its ioctls; anybody may open it. Root's alone, on a kernel with CUSE (module `cuse`). The serving
 * process must not open the device synchronously: the kernel would wait for it to answer itself.
 *
 * @param name - Of the file in `/dev`.
 * @throws a system error where there is no CUSE.
 */
export async function serveCharacterDevice (name: string, handler: IoctlHandler): Promise<CharacterDevice> {
  const cuse = await open('/dev/cuse', 'r+')
  const path = `/dev/${name}`
  const { unique } = await readRequest(cuse)
  await cuse.write(encodeReply(unique, encodeCuseInit(name)))
  const state = { closing: false }
  const served = serve(cuse, handler, state)
  return {
    path,
    close,
    [Symbol.asyncDispose]: close,
  }

  /** The kernel ends a pending read only with a request, and opening the device is one. */
  async function close (): Promise<void> {
    state.closing = true
    const opened = await open(path, 'r').catch(() => undefined)
    await opened?.close()
    await served
  }
}

/** Until the device is closed: the first request after that is refused, and the kernel removes the device. */
async function serve (cuse: FileHandle, handler: IoctlHandler, state: { readonly closing: boolean }): Promise<void> {
  await using device = cuse
  for (;;) {
    const request = await readRequest(device)
    if (state.closing) {
      await device.write(encodeRefusal(request.unique, errors.ENODEV))
      return
    }
    const reply = await replyTo(request, handler)
    // The caller may have been killed meanwhile, and nobody waits any more.
    if (reply) await device.write(reply).catch(() => undefined)
  }
}

async function readRequest (cuse: FileHandle): Promise<FuseRequest> {
  const buffer = Buffer.alloc(readBufferBytes)
  const { bytesRead } = await cuse.read(buffer, 0, buffer.length, null)
  return decodeRequest(buffer.subarray(0, bytesRead))
}

/** An interruption has no reply: requests are answered at once anyway. */
async function replyTo ({ opcode, unique, body }: FuseRequest, handler: IoctlHandler): Promise<Buffer | undefined> {
  switch (opcode) {
    case opcodes.open: return encodeReply(unique, encodeOpen())
    case opcodes.flush:
    case opcodes.release: return encodeReply(unique)
    case opcodes.interrupt: return undefined
    case opcodes.ioctl: return encodeReply(unique, encodeIoctl(await answer(handler, decodeIoctl(body))))
    default: return encodeRefusal(unique, errors.ENOSYS)
  }
}

async function answer (handler: IoctlHandler, request: IoctlRequest): Promise<IoctlAnswer> {
  try {
    return await handler(request)
  } catch {
    return { result: -errors.EIO }
  }
}
