// OpenAI Agents: the session that the JS library has, which is in memory. Variables are no part of a session; the application keeps them.
//   node openai.mjs memory -
import { use, serve, versionOf, messages, racer, modelAnswers } from './contestant.mjs';

const { MemorySession } = use('@openai/agents');
const sessions = new Map();
const item = ({ role, text }) => role === 'user'
  ? { type: 'message', role, content: text }
  : { type: 'message', role, status: 'completed', content: [{ type: 'output_text', text }] };
const of = (thread) => {
  if (!sessions.has(thread)) sessions.set(thread, { session: new MemorySession({ sessionId: thread }), variables: {} });
  return sessions.get(thread);
};
async function write(thread, turn) {
  await of(thread).session.addItems(turn.messages.map(item));
  Object.assign(of(thread).variables, turn.variables);
}
async function read(thread, count) {
  const items = await of(thread).session.getItems(count);
  return { messages: items.map(({ content }) => typeof content === 'string' ? content : content[0].text), variables: of(thread).variables };
}

await serve({
  version: `OpenAI Agents ${versionOf('@openai/agents')}, Node ${process.version}`,
  async seed(thread, count) {
    sessions.set(thread, { session: new MemorySession({ sessionId: thread, initialItems: messages(thread, count).map(item) }), variables: {} });
  },
  turn: write,
  resume: (thread) => read(thread, 20),
  read: (thread) => read(thread, undefined),
  async race(thread, writer) {
    await modelAnswers();
    await write(thread, racer(thread, writer));
  },
  close: () => {},
});
