#!/usr/bin/env node
import '../src/docker/main.ts'
