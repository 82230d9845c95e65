// How long other systems take to fork a conversation, or to go back in one, by the length of its history. The peers are those of bench/compare.sh, which installs them.
//   HOLDFAST_PEERS=FOLDER node bench/peers/time-machine.mjs [POSTGRES-URL]
// LangGraph's SQLite driver was built for the node that is installed; Mastra needs the newer one that comes with the peers.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import readline from 'node:readline';

const [postgres] = process.argv.slice(2);
const histories = [10, 1000, 10000];
const repetitions = 9;
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'holdfast-peers-'));
const contestants = [['langgraph', 'sqlite-full', folder], ['mastra', 'libsql', folder]];
if (postgres) contestants.push(['langgraph', 'postgres', postgres], ['mastra', 'postgres', postgres]);

console.log(`| system | what | ${histories.map((history) => `history ${history}`).join(' | ')} |\n|---|---|${histories.map(() => '---').join('|')}|`);
for (const [name, kind, target] of contestants) {
  const child = spawn(name === 'mastra' ? path.join(process.env.HOLDFAST_PEERS, 'node_modules', '.bin', 'node') : process.execPath, [path.join(import.meta.dirname, `${name}.mjs`), kind, target], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = readline.createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ask = async (request) => {
    if (request) child.stdin.write(JSON.stringify(request) + '\n');
    const answer = JSON.parse((await lines.next()).value ?? '{"error":"it has ended"}');
    if (answer.error) throw new Error(`${name} ${kind}: ${answer.error}`);
    return answer;
  };
  const { version } = await ask();
  const cells = [];
  let what;
  for (const history of histories) {
    const threads = [`time-${history}`];
    await ask({ do: 'seed', threads, history, seconds: 600 });
    const times = [];
    for (let i = 0; i < repetitions; i++) {
      const answer = await ask({ do: 'rollback', threads });
      what = 'fork' in answer ? 'fork (a copy)' : 'rollback';
      times.push(answer.fork ?? answer.rollback);
    }
    times.sort((one, other) => one - other);
    cells.push(`${times[repetitions >> 1].toFixed(1)} ms (${times[0].toFixed(1)} – ${times.at(-1).toFixed(1)})`);
  }
  console.log(`| ${version}, ${kind} | ${what} | ${cells.join(' | ')} |`);
  await ask({ do: 'close' });
}
fs.rmSync(folder, { recursive: true });
