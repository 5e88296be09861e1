// PgBouncer in front of a PostgreSQL of the tests' own.
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { endsWithTests, freePort, until } from './server.mjs';

const program = ['/usr/sbin/pgbouncer', '/usr/bin/pgbouncer'].find(file => fs.existsSync(file)) ?? 'pgbouncer';

/** Why there can be none here, or null. */
export const unavailable = () => spawnSync(program, ['--version']).status === 0 ? null : 'PgBouncer is not installed (Debian package pgbouncer)';

function answers (port) {
  return new Promise(resolve => {
    const socket = net.connect(port, '127.0.0.1', () => { socket.destroy(); resolve(true); });
    socket.once('error', () => resolve(false));
  });
}

/** Starts one with `settings` of its section [pgbouncer]. Answers { port, end() }. */
export async function startPgbouncer (postgresPort, settings) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'pryvd-pgbouncer-'));
  const port = await freePort();
  const all = { listen_addr: '127.0.0.1', listen_port: port, unix_socket_dir: '', auth_type: 'trust', auth_file: `${folder}/users`, ...settings };
  fs.writeFileSync(`${folder}/users`, '"pryv" ""\n');
  fs.writeFileSync(`${folder}/pgbouncer.ini`, `[databases]\n* = host=127.0.0.1 port=${postgresPort}\n[pgbouncer]\n${Object.entries(all).map(([key, value]) => `${key} = ${value}\n`).join('')}`);
  fs.chmodSync(folder, 0o755);
  const command = [program, `${folder}/pgbouncer.ini`];
  if (process.getuid() === 0) command.unshift('setpriv', '--reuid', 'nobody', '--clear-groups', '--'); // it refuses to run as root
  const child = endsWithTests(spawn(command[0], command.slice(1), { stdio: 'ignore' }));
  const ended = new Promise(resolve => child.once('close', resolve));
  await until('the start of PgBouncer', async () => {
    if (child.exitCode !== null) throw new Error('PgBouncer does not start');
    return answers(port);
  });
  return {
    port,
    async end () {
      child.kill('SIGKILL');
      await ended;
      fs.rmSync(folder, { recursive: true });
    }
  };
}
