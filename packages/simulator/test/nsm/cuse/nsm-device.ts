import { test } from 'tap'

import type { IoctlAnswer } from '../../../src/nsm/cuse/fuse-messages.ts'
import { answerNsmIoctl } from '../../../src/nsm/cuse/nsm-device.ts'

const command = 0xC0200A00
const argument = 0x7000n
const requestAddress = 0x8000n
const answerAddress = 0x9000n

/** struct nsm_raw */
function raw (requestBytes: number, room: number): Buffer {
  const message = Buffer.alloc(32)
  const fields = [requestAddress, BigInt(requestBytes), answerAddress, BigInt(room)]
  fields.forEach((value, index) => { message.writeBigUInt64LE(value, 8 * index) })
  return message
}

async function ask (input: Buffer, answer = Buffer.from('the answer')): Promise<IoctlAnswer> {
  return await answerNsmIoctl({ command, argument, input }, async (request) => request.length > 0 ? answer : Buffer.from('nothing was asked'))
}

test('the caller\'s memory is asked for step by step: the structure, then what it points to', async (t) => {
  const structure = { address: argument, bytes: 32 }
  t.same(await ask(Buffer.alloc(0)), { read: [structure], write: [] })
  t.same(await ask(raw(7, 100)), {
    read: [structure, { address: requestAddress, bytes: 7 }],
    write: [structure, { address: answerAddress, bytes: 100 }],
  })
})

test('the answer goes out behind the structure, which then has its length', async (t) => {
  const input = Buffer.concat([raw(7, 100), Buffer.from('request')])
  t.same(await ask(input), { result: 0, output: Buffer.concat([raw(7, 10), Buffer.from('the answer')]) })
})

test('an answer that is longer than the room for it is cut off, as the driver does', async (t) => {
  const input = Buffer.concat([raw(7, 3), Buffer.from('request')])
  t.same(await ask(input), { result: 0, output: Buffer.concat([raw(7, 3), Buffer.from('the')]) })
  t.match(await ask(raw(7, 1_000_000)), { write: [{}, { bytes: 12_288 }] }, 'more room than any answer takes is not used')
})

test('a request of 4096 bytes is taken, and one more byte is EMSGSIZE', async (t) => {
  t.match(await ask(raw(4096, 100)), { read: [{}, { bytes: 4096 }] })
  t.same(await ask(raw(4097, 100)), { result: -90 })
  t.same(await ask(raw(0, 100)), { result: -22 }, 'no request at all is EINVAL')
})

test('another command is no command of this device', async (t) => {
  t.same(await answerNsmIoctl({ command: command + 1, argument, input: Buffer.alloc(0) }, async () => Buffer.alloc(0)), { result: -25 })
})
