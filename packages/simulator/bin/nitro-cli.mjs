#!/usr/bin/env node
import '../src/nitro-cli/main.ts'
