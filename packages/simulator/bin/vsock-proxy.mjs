#!/usr/bin/env node
import '../src/vsock/vsock-proxy/main.ts'
