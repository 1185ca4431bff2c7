#!/usr/bin/env node
import { run } from './preflight.js';

run('clients/repl/main.ts', process.argv.slice(2));
