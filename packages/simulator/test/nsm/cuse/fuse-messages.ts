import { test } from 'tap'

import { decodeIoctl, decodeRequest, encodeCuseInit, encodeIoctl, encodeRefusal, encodeReply } from '../../../src/nsm/cuse/fuse-messages.ts'

/** A request as the kernel writes it: header of 40 bytes, struct fuse_ioctl_in, input. */
const ioctl = [
  '4b000000 27000000 0807060504030201 0000000000000000 00000000 00000000 2a000000 00000000',
  '0000000000000000 02000000 000a20c0 f0debc9a78563412 03000000 00200000',
  '616263',
].join('').replaceAll(' ', '')

test('an ioctl is read as the kernel writes it', async (t) => {
  const { opcode, unique, body } = decodeRequest(Buffer.from(ioctl, 'hex'))
  t.same({ opcode, unique }, { opcode: 39, unique: 0x0102030405060708n })
  t.same(decodeIoctl(body), { command: 0xC0200A00, argument: 0x123456789abcdef0n, input: Buffer.from('abc') })
})

test('a reply has its own length, no error, and the request\'s number', async (t) => {
  t.equal(encodeReply(0x0102030405060708n, Buffer.from('abc')).toString('hex'), '13000000' + '00000000' + '0807060504030201' + '616263')
  t.equal(encodeReply(1n).length, 16)
})

test('a refusal holds the negative number of the error and nothing else', async (t) => {
  t.equal(encodeRefusal(1n, 38).toString('hex'), '10000000' + 'daffffff' + '0100000000000000')
})

test('the device asks for unrestricted ioctls and for its name', async (t) => {
  const init = encodeCuseInit('nsm')
  t.equal(init.subarray(72).toString(), 'DEVNAME=nsm\0')
  t.same([init.readUInt32LE(0), init.readUInt32LE(12)], [7, 1], 'version 7, CUSE_UNRESTRICTED_IOCTL')
  t.same([init.readUInt32LE(24), init.readUInt32LE(28)], [0, 0], 'a device number of the kernel\'s choice')
})

test('a retry names the caller\'s memory, what is read before what is written', async (t) => {
  const memory = { address: 0x123456789abcdef0n, bytes: 32 }
  const other = { address: 1n, bytes: 2 }
  t.equal(encodeIoctl({ read: [memory], write: [other] }).toString('hex'), [
    '00000000' + '04000000' + '01000000' + '01000000',
    'f0debc9a78563412' + '2000000000000000',
    '0100000000000000' + '0200000000000000',
  ].join(''))
})

test('a result is followed by its output', async (t) => {
  t.equal(encodeIoctl({ result: -90 }).toString('hex'), 'a6ffffff' + '00000000'.repeat(3))
  t.equal(encodeIoctl({ result: 0, output: Buffer.from('abc') }).toString('hex'), '00000000'.repeat(4) + '616263')
})
