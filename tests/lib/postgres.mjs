// A PostgreSQL of the tests' own (tests/deps/postgres.sh), and the settings with which the server uses it.
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { root } from './server.mjs';

const script = path.join(root, 'tests', 'deps', 'postgres.sh');

/** What is used unless a test asks for a version: '' is Debian's. */
const usual = process.env.POSTGRES_VERSION ?? '';
const environment = version => ({ ...process.env, POSTGRES_VERSION: version });

/** The oldest and the newest version that storage-pg is for. */
export const otherVersions = () => execFileSync(script, ['versions'], { encoding: 'utf8' }).trim().split('\n');

/** Why there can be none here, or null. `version`: '' or one of otherVersions(). */
export function unavailable (version = usual) {
  const end = spawnSync(script, ['available'], { encoding: 'utf8', env: environment(version) });
  return end.status === 0 ? null : end.stdout.trim() || end.stderr.trim() || 'tests/deps/postgres.sh does not run';
}

/**
 * Starts one; `settings` are lines of postgresql.conf, 'name=value'. Answers { port, run(sql, database), runFile(file, database), endConnections(which, database), log(), serverSettings(database), newDatabase(), stop(mode), again(), end() }:
 * stop('fast') or stop('immediate') and again() are an operator's; end() takes everything away.
 */
export function startPostgres (settings = [], version = usual) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'pryvd-postgres-'));
  const control = (...args) => execFileSync(script, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], env: environment(version) }).trim();
  let port;
  try {
    port = Number(control('start', folder, ...settings));
  } catch (error) {
    fs.rmSync(folder, { recursive: true, force: true });
    throw error;
  }
  let databases = 0;
  const psql = (database, sql) => execFileSync('psql', ['-h', '127.0.0.1', '-p', String(port), '-U', 'pryv', '-d', database, '-qAtX', '-v', 'ON_ERROR_STOP=1', '-c', sql], { encoding: 'utf8' }).trim();

  return {
    port,
    /** What a statement answers, as text. */
    run: (sql, database = 'pryv-node') => psql(database, sql),
    /** Runs a file of statements. */
    runFile (file, database = 'pryv-node') {
      execFileSync('psql', ['-h', '127.0.0.1', '-p', String(port), '-U', 'pryv', '-d', database, '-qX', '-v', 'ON_ERROR_STOP=1', '-f', file], { stdio: ['ignore', 'ignore', 'inherit'] });
    },
    /** Ends the other connections to a database, or those `which` says of pg_stat_activity, and waits until they are gone; new ones may come meanwhile. */
    endConnections (which = 'true', database = 'pryv-node') {
      const others = `pg_stat_activity WHERE backend_type = 'client backend' AND datname = current_database() AND pid <> pg_backend_pid() AND ${which}`;
      const ended = psql(database, `SELECT pid, pg_terminate_backend(pid) FROM ${others}`).split('\n').filter(Boolean).map(parseFloat);
      const deadline = Date.now() + 30000;
      while (ended.length && psql(database, `SELECT count(*) FROM pg_stat_activity WHERE pid IN (${ended})`) !== '0') {
        if (Date.now() > deadline) throw new Error('PostgreSQL does not end its connections');
      }
    },
    /** What the server has written down. */
    log: () => fs.readFileSync(path.join(folder, 'log'), 'utf8'),
    newDatabase () {
      const name = `pryv-${++databases}`;
      psql('postgres', `CREATE DATABASE "${name}"`);
      return name;
    },
    serverSettings: (database = 'pryv-node') => ({
      'storages.base.engine': 'postgresql', 'storages.engines.postgresql.port': port, 'storages.engines.postgresql.database': database
    }),
    stop: (mode = 'fast') => { control('stop', folder, mode); },
    again: () => { control('again', folder); },
    end () {
      try { control('stop', folder, 'immediate'); } catch { /* not running */ }
      fs.rmSync(folder, { recursive: true, force: true });
    }
  };
}
