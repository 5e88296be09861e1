#!/usr/bin/env node
// Runs a command against a server of its own: node tests/run-server.mjs [--config FILE]... [--set key=value]... -- COMMAND...
// The command finds the server in PRYVD_URL and the program in PRYVD_BIN. Ends with the command's status, or 1 when the
// server did not stop cleanly.
import { spawn } from 'node:child_process';
import { pryvd, startServer } from './lib/server.mjs';

const [before, command] = [process.argv.slice(2, process.argv.indexOf('--')), process.argv.slice(process.argv.indexOf('--') + 1)];
if (!process.argv.includes('--') || command.length === 0) {
  console.error('usage: run-server.mjs [OPTIONS OF pryvd] -- COMMAND...');
  process.exit(2);
}
const server = await startServer({ args: before });
const run = spawn(command[0], command.slice(1), {
  stdio: 'inherit', env: { ...process.env, PRYVD_URL: server.url, PRYVD_BIN: pryvd, PRYVD_PID: String(server.pid) }
});
const status = await new Promise(resolve => {
  run.once('error', error => { console.error(error.message); resolve(127); });
  run.once('close', code => resolve(code ?? 1));
});
const end = await server.stop();
if (status !== 0 || end.code !== 0) console.error(server.log().split('\n').slice(-60).join('\n'));
if (end.code !== 0) console.error(`the server ended with ${JSON.stringify(end)}`);
process.exit(status || (end.code === 0 ? 0 : 1));
