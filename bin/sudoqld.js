#!/usr/bin/env node
import { run } from './preflight.js';

await run('services/gateway/cli/main.ts', process.argv.slice(2));
