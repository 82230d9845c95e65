// One contestant in a process of its own: it answers requests, a JSON object a line, with one JSON object a line each. Holdfast.Compare sends them, measures what
// is written meanwhile, and checks what was stored.
//
// A store: { version, seed?(thread, count), turn(thread, turn), resume(thread), read(thread), race(thread, writer), rollback?(thread), close() }
//   turn      appends two messages and sets two variables, as durable as the contestant is
//   resume    the last 20 messages and the variables, through a new store object
//   read      all messages and variables, through a new store object
//   race      one of many turns at once on one thread, through a store object of its own; throws if the store refuses it
import fs from 'node:fs';
import path from 'node:path';
import readline from 'node:readline';
import { createRequire } from 'node:module';
import { setTimeout as pause } from 'node:timers/promises';

const packages = process.env.HOLDFAST_PEERS;
export const use = createRequire(path.join(packages, 'package.json'));
export const versionOf = (name) => JSON.parse(fs.readFileSync(path.join(packages, 'node_modules', name, 'package.json'), 'utf8')).version;

const LENGTH = 500;
/** How long the model of a race takes to answer. */
export const modelAnswers = () => pause(5);

// Words that do not repeat within the window of a compressor.
let state = 42;
const next = (below) => Number((state = (Math.imul(state, 1664525) + 1013904223) >>> 0) * below / 4294967296 | 0);
const fillers = Array.from({ length: 64 }, () => Array.from({ length: 90 }, () => next(60466176).toString(36)).join(' '));

const text = (thread, index) => (`message ${index} of ${thread}: ` + fillers[index % fillers.length]).slice(0, LENGTH);
export const message = (thread, index) => ({ id: `${thread}-${index}`, role: index % 2 ? 'assistant' : 'user', text: text(thread, index) });
export const messages = (thread, count) => Array.from({ length: count }, (_, index) => message(thread, index));
export const turnAt = (thread, index) => ({
  messages: [message(thread, index), message(thread, index + 1)],
  variables: { turn: index / 2, topic: `topic ${index / 2} ${fillers[index % fillers.length].slice(0, 48)}` },
});
export const racer = (thread, writer) => ({ messages: [message(thread, 2 * writer), message(thread, 2 * writer + 1)], variables: { [`w${writer}`]: writer } });

const answer = (value) => fs.writeSync(1, JSON.stringify(value) + '\n');
const start = (texts) => texts.map((one) => one.slice(0, 60));

export async function serve(store) {
  const next = new Map();
  const turn = async (thread) => {
    const index = next.get(thread) ?? 0;
    await store.turn(thread, turnAt(thread, index));
    next.set(thread, index + 2);
  };
  const timed = async (limit, seconds, call) => {
    const ms = [];
    const end = performance.now() + seconds * 1000;
    for (let i = 0; i < limit && (i === 0 || performance.now() < end); i++) {
      const began = performance.now();
      await call(i);
      ms.push(performance.now() - began);
    }
    return ms;
  };

  const works = {
    async seed({ threads, history, seconds }) {
      const end = performance.now() + seconds * 1000;
      for (const thread of threads) {
        if (store.seed) {
          await store.seed(thread, history);
          next.set(thread, history);
        } else {
          while ((next.get(thread) ?? 0) < history) {
            if (performance.now() > end) return { done: false };
            await turn(thread);
          }
        }
      }
      return { done: true };
    },
    async append({ threads: [thread], turns, seconds, acknowledge }) {
      return { ms: await timed(turns, seconds, async (i) => {
        await turn(thread);
        if (acknowledge) answer({ acknowledged: i + 1 });
      }) };
    },
    async resume({ threads: [thread], turns, seconds }) {
      let last;
      const ms = await timed(turns, seconds, async () => { last = await store.resume(thread); });
      return { ms, messages: start(last.messages), variables: last.variables };
    },
    async many({ threads, seconds }) {
      let turns = 0;
      const began = performance.now();
      await Promise.all(threads.map(async (thread) => {
        do {
          await turn(thread);
          turns++;
          await new Promise(setImmediate);
        } while (performance.now() - began < seconds * 1000);
      }));
      return { turns, seconds: (performance.now() - began) / 1000 };
    },
    async race({ threads: [thread], turns }) {
      const results = await Promise.allSettled(Array.from({ length: turns }, (_, writer) => store.race(thread, writer)));
      const failed = results.filter((one) => one.status === 'rejected');
      return { reported: failed.length, error: failed[0] && String(failed[0].reason).slice(0, 200) };
    },
    async read({ threads: [thread] }) {
      const { messages, variables } = await store.read(thread);
      return { messages: start(messages), variables };
    },
    async rollback({ threads: [thread] }) {
      return store.rollback ? await store.rollback(thread) : { done: false };
    },
    async close() {
      await store.close();
      return { done: true };
    },
  };

  answer({ ready: true, version: store.version });
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const request = JSON.parse(line);
    try {
      answer(await works[request.do](request));
    } catch (error) {
      answer({ error: String(error?.stack ?? error).slice(0, 1000) });
    }
    if (request.do === 'close') break;
  }
  process.exit(0);
}
