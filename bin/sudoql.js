#!/usr/bin/env node
import { run } from './preflight.js';

await run('clients/repl/main.ts', process.argv.slice(2));
