import { runEnclave } from './boot/run-enclave.ts'

await runEnclave(process.env)
