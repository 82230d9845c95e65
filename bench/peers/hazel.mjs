// @hazeljs/agent: its Redis state manager, and the one in memory. A turn is two calls of addMessage and two of setWorkingMemory.
//   node hazel.mjs redis|memory TARGET
import path from 'node:path';
import { use, serve, versionOf, messages, racer, modelAnswers } from './contestant.mjs';

// By their files: the package as a whole wants packages of the same family that hold no state.
const state = path.join(process.env.HOLDFAST_PEERS, 'node_modules/@hazeljs/agent/dist/state');
const { AgentStateManager } = use(path.join(state, 'agent.state.js'));
const { RedisStateManager } = use(path.join(state, 'redis-state.manager.js'));
const [kind, target] = process.argv.slice(2);
const client = kind === 'redis' ? use('redis').createClient({ url: target }) : null;
await client?.connect();
const manager = client ? new RedisStateManager({ client }) : new AgentStateManager();
const fresh = () => client ? new RedisStateManager({ client }) : manager;
const ids = new Map();

async function idOf(thread) {
  if (!ids.has(thread)) {
    const known = (await manager.getSessionContexts(thread))[0];
    ids.set(thread, (known ?? await manager.createContext('agent', thread, 'hello', 'user', {})).executionId);
  }
  return ids.get(thread);
}
async function write(on, id, turn, waits) {
  await on.addMessage(id, 'user', turn.messages[0].text);
  if (waits) await modelAnswers();
  await on.addMessage(id, 'assistant', turn.messages[1].text);
  for (const [key, value] of Object.entries(turn.variables)) await on.setWorkingMemory(id, key, value);
}
async function read(thread, count) {
  const { memory } = await fresh().getContext(await idOf(thread));
  return { messages: memory.conversationHistory.slice(-count).map((one) => one.content), variables: memory.workingMemory };
}

await serve({
  version: `@hazeljs/agent ${versionOf('@hazeljs/agent')}${client ? `, redis ${versionOf('redis')}` : ''}, Node ${process.version}`,
  async seed(thread, count) {
    const id = await idOf(thread);
    const context = await manager.getContext(id);
    context.memory.conversationHistory = messages(thread, count).map(({ role, text }) => ({ role, content: text, timestamp: new Date() }));
    if (client) await client.setEx(manager.getKey(id), 3600, manager.serialize(context));
  },
  turn: async (thread, turn) => write(manager, ids.get(thread) ?? await idOf(thread), turn, false),
  resume: (thread) => read(thread, 20),
  read: (thread) => read(thread, Infinity),
  race: async (thread, writer) => write(fresh(), await idOf(thread), racer(thread, writer), true),
  close: () => client?.quit(),
});
