// Numbers are written as JavaScript writes them: 200,000 random ones and all that are known to be hard, one by one.
//   node tests/unit/number_property.mjs PROGRAM [SEED]      PROGRAM: number_format_tool
import { spawnSync } from 'node:child_process';

const [program, seedText] = process.argv.slice(2);
const seed = Number(seedText ?? Date.now() % 2 ** 31);
const PER_KIND = 20000;

// mulberry32
let state = seed;
function random32 () {
  state = (state + 0x6D2B79F5) | 0;
  let t = Math.imul(state ^ (state >>> 15), 1 | state);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return (t ^ (t >>> 14)) >>> 0;
}
const random = () => random32() / 2 ** 32;
const view = new DataView(new ArrayBuffer(8));
function fromBits (high, low) {
  view.setUint32(0, high);
  view.setUint32(4, low);
  return view.getFloat64(0);
}

const kinds = {
  'any bits': () => fromBits(random32(), random32()),
  subnormals: () => fromBits(random32() & 0x800FFFFF, random32()),
  'short subnormals': () => random32() % 5000 * 5e-324,
  'whole numbers': () => Math.floor(random() * 2 ** (random() * 70)),
  halves: () => random32() / 2,
  times: () => Math.round(random() * 4e12) / 1000,
  'times to the microsecond': () => Math.round(random() * 4e15) / 1e6,
  decimals: () => Number(`${random32()}${random32() % 1e6}e${-(random32() % 40)}`),
  'short decimals': () => (random32() % 2000 - 1000) / 10 ** (random32() % 12),
  'floats of 32 bits': () => Math.fround((random() - 0.5) * 10 ** (random32() % 30 - 15)),
  'around 1e-6 and 1e21': () => (random32() % 2 ? 1e-6 : 1e21) * (1 + (random() - 0.5) * 10 ** -(random32() % 16))
};

const numbers = [];
for (const make of Object.values(kinds)) {
  for (let i = 0; i < PER_KIND; i++) numbers.push(make());
}
for (let e = -1074; e < 1024; e++) {
  const power = 2 ** e;
  view.setFloat64(0, power);
  const bits = view.getBigUint64(0);
  for (let step = -3n; step <= 3n; step++) {
    if (bits + step < 0n) continue;
    view.setBigUint64(0, bits + step);
    numbers.push(view.getFloat64(0), -view.getFloat64(0));
  }
}
for (let e = -323; e <= 308; e++) {
  for (let digit = 1; digit < 10; digit++) numbers.push(Number(`${digit}e${e}`));
}
numbers.push(0, -0, NaN, Infinity, -Infinity, Number.MAX_VALUE, Number.MAX_SAFE_INTEGER, 0.1 + 0.2);

const input = Buffer.alloc(numbers.length * 8);
numbers.forEach((number, i) => input.writeDoubleLE(number, i * 8));
const run = spawnSync(program, { input, maxBuffer: 2 ** 28, encoding: 'latin1' });
const lines = run.stdout.split('\n');

let wrong = run.status === 0 && lines.length === numbers.length + 1 ? 0 : 1;
if (wrong) console.log(`status ${run.status}, ${lines.length} lines for ${numbers.length} numbers\n${run.stderr}`);
for (let i = 0; i < numbers.length && wrong < 20; i++) {
  const wanted = Number.isFinite(numbers[i]) ? String(numbers[i]) : 'null';
  if (lines[i] === wanted) continue;
  wrong++;
  console.log(`${wanted} was written ${lines[i]}`);
}
console.log(`${wrong ? 'FAIL' : 'ok  '} ${numbers.length} numbers as JavaScript writes them (seed ${seed})`);
process.exit(wrong ? 1 : 0);
