// Mastra's Memory over its LibSQL and PostgreSQL stores, as they come. A turn is saveMessages and updateWorkingMemory (the variables as JSON).
//   node mastra.mjs libsql|postgres TARGET        (Node 22.13 or newer)
import path from 'node:path';
import { use, serve, versionOf, messages, racer, modelAnswers } from './contestant.mjs';

const { Memory } = use('@mastra/memory');
const [kind, target] = process.argv.slice(2);
const resourceId = 'user';
const options = { lastMessages: 20, semanticRecall: false, workingMemory: { enabled: true, scope: 'thread', template: '{}' }, generateTitle: false };

const url = `file:${path.join(target, 'mastra.db')}`;
const open = kind === 'libsql'
  ? (more) => new (use('@mastra/libsql').LibSQLStore)({ id: 'store', url, ...more })
  : () => new (use('@mastra/pg').PostgresStore)({ id: 'store', connectionString: target });
const store = open();
await store.init();
const memory = new Memory({ storage: store, options });
const fresh = () => {
  const storage = kind === 'libsql' ? open({ disableInit: true }) : store;
  return { memory: new Memory({ storage, options }), done: () => storage === store ? undefined : storage.close?.() };
};

// Messages are ordered by their time, so no two may have the same.
let clock = Date.UTC(2026, 0, 1);
const made = new Set();
const row = (thread) => ({ id, role, text }) => ({
  id, role, threadId: thread, resourceId, type: 'text', createdAt: new Date(clock += 1), content: { format: 2, parts: [{ type: 'text', text }] },
});
async function ensure(on, thread) {
  if (made.has(thread)) return;
  made.add(thread);
  await on.createThread({ threadId: thread, resourceId, title: thread });
}
async function write(on, thread, turn) {
  await on.saveMessages({ messages: turn.messages.map(row(thread)) });
  await on.updateWorkingMemory({ threadId: thread, resourceId, workingMemory: JSON.stringify(turn.variables) });
}
async function read(thread, perPage) {
  const one = fresh();
  try {
    const stored = await one.memory.recall({ threadId: thread, resourceId, perPage });
    const variables = await one.memory.getWorkingMemory({ threadId: thread, resourceId });
    return { messages: stored.messages.map((each) => each.content.parts[0].text), variables: JSON.parse(variables ?? '{}') };
  } finally {
    await one.done();
  }
}

await serve({
  version: `Mastra core ${versionOf('@mastra/core')}, memory ${versionOf('@mastra/memory')}, `
    + (kind === 'libsql' ? `libsql ${versionOf('@mastra/libsql')}, @libsql/client ${versionOf('@libsql/client')}` : `pg ${versionOf('@mastra/pg')}`) + `, Node ${process.version}`,
  async seed(thread, count) {
    await ensure(memory, thread);
    const rows = messages(thread, count).map(row(thread));
    for (let i = 0; i < rows.length; i += 500) await memory.saveMessages({ messages: rows.slice(i, i + 500) });
  },
  async turn(thread, turn) {
    if (!made.has(thread)) await ensure(memory, thread);
    await write(memory, thread, turn);
  },
  resume: (thread) => read(thread, 20),
  read: (thread) => read(thread, false),
  async race(thread, writer) {
    const one = fresh();
    try {
      const turn = racer(thread, writer);
      const before = JSON.parse((await one.memory.getWorkingMemory({ threadId: thread, resourceId })) ?? '{}');
      await modelAnswers();
      await write(one.memory, thread, { ...turn, variables: { ...before, ...turn.variables } });
    } finally {
      await one.done();
    }
  },
  async rollback(thread) {
    const began = performance.now();
    const { clonedMessages } = await memory.cloneThread({ sourceThreadId: thread });
    return { done: true, fork: performance.now() - began, messages: [String(clonedMessages.length)] };
  },
  close: () => store.close?.(),
});
