// A FerretDB of the tests' own (tests/deps/ferretdb.sh), and the settings with which the server uses it.
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { root } from './server.mjs';

const script = path.join(root, 'tests', 'deps', 'ferretdb.sh');

/** Why there can be none here, or null; `backend` ('postgresql', 'sqlite'): none with that behind it. */
export function unavailable (backend = '') {
  const end = spawnSync(script, ['available', backend], { encoding: 'utf8' });
  return end.status === 0 ? null : end.stdout.trim() || end.stderr.trim() || 'tests/deps/ferretdb.sh does not run';
}

/**
 * Starts one. Answers { port, serverSettings(database, port), newDatabase(), backEnd, stop(signal), again(), end() }: stop(), stop('KILL') and again() are
 * an operator's; end() takes everything away. Its data is kept in memory where the machine has such a file system: it makes every document durable
 * by itself, and what is tested here is not the disk. `backEnd`: { run(sql), stop(), again() } where that is a PostgreSQL, else null.
 */
export function startFerretdb () {
  const memory = '/dev/shm';
  const folder = fs.mkdtempSync(path.join(fs.existsSync(memory) ? memory : os.tmpdir(), 'pryvd-ferretdb-'));
  const control = (...args) => execFileSync(script, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }).trim();
  let port;
  try {
    port = Number(new URL(control('start', folder)).port);
  } catch (error) {
    fs.rmSync(folder, { recursive: true, force: true });
    throw error;
  }
  let databases = 0;
  const postgres = path.join(folder, 'postgres');
  const controlPostgres = (...args) => execFileSync(path.join(root, 'tests', 'deps', 'postgres.sh'), args, { stdio: ['ignore', 'ignore', 'inherit'] });
  const backEnd = !fs.existsSync(postgres) ? null : {
    run: sql => execFileSync('psql', ['-qAtX', '-v', 'ON_ERROR_STOP=1', '-c', sql, fs.readFileSync(path.join(folder, 'data'), 'utf8').trim()], { encoding: 'utf8' }).trim(),
    stop: () => { controlPostgres('stop', postgres, 'immediate'); },
    again: () => { controlPostgres('again', postgres); }
  };

  return {
    port,
    backEnd,
    newDatabase: () => `pryv-${++databases}`,
    serverSettings: (database = 'pryv-node', at = port) => ({
      'storages.base.engine': 'mongodb', 'storages.engines.mongodb.port': at, 'storages.engines.mongodb.name': database
    }),
    stop: (signal = '') => { control('stop', folder, signal); },
    again: () => { control('again', folder); },
    end () {
      try { control('stop', folder, 'KILL'); } catch { /* not running */ }
      fs.rmSync(folder, { recursive: true, force: true });
    }
  };
}
