#!/usr/bin/env node
// make bench-engines: the cases that every storage has, on each of them in turn, side by side. An engine that is not here is left out and told.
//   node tests/bench/engines.mjs [--case NAME]... [--seconds 3] [--rounds 3] [--engine sqlite]...
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { unavailable as ferretdbUnavailable } from '../lib/ferretdb.mjs';
import { unavailable as postgresUnavailable } from '../lib/postgres.mjs';

const WHY = { sqlite: () => null, postgresql: postgresUnavailable, mongodb: ferretdbUnavailable };
const { values: opt } = parseArgs({
  options: {
    case: { type: 'string', multiple: true, default: ['events-create', 'events-create-users', 'batch-create', 'events-get-20', 'events-get-100', 'streams'] },
    engine: { type: 'string', multiple: true, default: Object.keys(WHY) },
    seconds: { type: 'string', default: '3' },
    rounds: { type: 'string', default: '3' }
  }
});
const run = new URL('run.mjs', import.meta.url).pathname;
const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'pryvd-bench-'));
const columns = new Map();

/** The same case told several times has the numbers that tell them apart. */
const nameOf = result => [result.case, ...(result.calls ? [`${result.calls} calls, ${result.connections} connections`] : [])].join(' ');

for (const engine of opt.engine) {
  const why = WHY[engine] ? WHY[engine]() : 'there is no such engine';
  if (why) {
    console.log(`${engine}: left out: ${why}`);
    continue;
  }
  const json = path.join(scratch, `${engine}.json`);
  const end = spawnSync(process.execPath, [run, '--storage', engine, '--seconds', opt.seconds, '--rounds', opt.rounds, '--json', json, ...opt.case.flatMap(name => ['--case', name])], { stdio: ['ignore', 'inherit', 'inherit'] });
  if (end.status !== 0) process.exitCode = 1;
  if (!fs.existsSync(json)) continue; // it told why
  columns.set(engine, new Map(JSON.parse(fs.readFileSync(json, 'utf8')).map(result => [nameOf(result), result])));
}
fs.rmSync(scratch, { recursive: true });

const names = [...new Set([...columns.values()].flatMap(column => [...column.keys()]))];
console.log(`\n${'requests/s (p50 ms)'.padEnd(44)}${[...columns.keys()].map(engine => engine.padStart(20)).join('')}`);
for (const name of names) {
  const cells = [...columns.values()].map(column => column.get(name)).map(one => one?.perSecond === undefined ? '-' : `${one.perSecond.toFixed(0)} (${one.p50?.toFixed(2)})`);
  console.log(`${name.padEnd(44)}${cells.map(cell => cell.padStart(20)).join('')}`);
}
