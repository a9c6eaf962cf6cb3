#!/usr/bin/env node
import '../src/vsock/socat/main.ts'
