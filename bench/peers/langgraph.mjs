// LangGraph JS: a compiled graph of one node with a checkpointer. The node plays the model: it returns the assistant's message and the variables.
//   node langgraph.mjs sqlite|sqlite-full|postgres[-exit|-delta] TARGET
//   sqlite: the SqliteSaver as it comes (WAL, synchronous=NORMAL); sqlite-full: with synchronous=FULL; -exit: durability 'exit'; -delta: MessagesDeltaValue (beta)
import path from 'node:path';
import { use, serve, versionOf, messages, racer, modelAnswers } from './contestant.mjs';

const { Annotation, MessagesAnnotation, MessagesDeltaValue, StateGraph, StateSchema, START, END } = use('@langchain/langgraph');
const { HumanMessage, AIMessage } = use('@langchain/core/messages');
const [kind, target] = process.argv.slice(2);
const durability = kind.includes('-exit') ? { durability: 'exit' } : {};
const delta = kind.includes('-delta');
const embedded = kind.startsWith('sqlite');

const toLangChain = ({ id, role, text }) => role === 'user' ? new HumanMessage({ id, content: text }) : new AIMessage({ id, content: text });
const merged = { reducer: (before, change) => ({ ...before, ...change }), default: () => ({}) };
const agent = async (_, config) => {
  const { turn, waits } = config.configurable;
  if (waits) await modelAnswers();
  return { messages: [toLangChain(turn.messages[1])], ...(waits ? { marks: turn.variables } : turn.variables) };
};
const schema = delta
  ? (({ z }) => new StateSchema({ messages: MessagesDeltaValue, turn: z.any(), topic: z.any(), marks: z.any() }))(use('zod'))
  : Annotation.Root({ ...MessagesAnnotation.spec, turn: Annotation(), topic: Annotation(), marks: Annotation(merged) });
const graph = new StateGraph(schema).addNode('agent', agent).addEdge(START, 'agent').addEdge('agent', END);
const over = (saver) => graph.compile({ checkpointer: saver });

async function open() {
  if (!embedded) {
    const { PostgresSaver } = use('@langchain/langgraph-checkpoint-postgres');
    const saver = PostgresSaver.fromConnString(target);
    await saver.setup();
    return { saver, fresh: () => new PostgresSaver(saver.pool), done: () => {}, close: () => saver.end() };
  }
  const { SqliteSaver } = use('@langchain/langgraph-checkpoint-sqlite');
  const Database = use('better-sqlite3');
  const another = () => {
    const saver = new SqliteSaver(new Database(path.join(target, 'langgraph.db')));
    saver.setup();
    if (kind.includes('-full')) saver.db.pragma('synchronous = FULL');
    return saver;
  };
  const saver = another();
  return { saver, fresh: another, done: (one) => one.db.close(), close: () => saver.db.close() };
}

const place = await open();
const app = over(place.saver);
const config = (thread, more) => ({ configurable: { thread_id: thread, ...more }, ...durability });
const run = (on, thread, turn, waits) => on.invoke({ messages: [toLangChain(turn.messages[0])] }, config(thread, { turn, waits }));

async function stateOf(thread) {
  const saver = place.fresh();
  try {
    return (await over(saver).getState(config(thread))).values;
  } finally {
    place.done(saver);
  }
}

const shown = ({ messages = [], turn, topic, marks }, count) => ({ messages: messages.slice(-count).map((one) => one.content), variables: { turn, topic, ...marks } });

await serve({
  version: `LangGraph JS ${versionOf('@langchain/langgraph')}, ` + (embedded
    ? `checkpoint-sqlite ${versionOf('@langchain/langgraph-checkpoint-sqlite')}, better-sqlite3 ${versionOf('better-sqlite3')}`
    : `checkpoint-postgres ${versionOf('@langchain/langgraph-checkpoint-postgres')}, pg ${versionOf('pg')}`) + `, Node ${process.version}`,
  // A history of deltas is what many turns leave, and cannot be had at once.
  seed: delta ? undefined : async (thread, count) => {
    if (count) await app.updateState(config(thread), { messages: messages(thread, count).map(toLangChain), turn: 0, topic: 'topic 0' }, 'agent');
  },
  turn: (thread, turn) => run(app, thread, turn, false),
  resume: async (thread) => shown(await stateOf(thread), 20),
  read: async (thread) => shown(await stateOf(thread), Infinity),
  async race(thread, writer) {
    const saver = place.fresh();
    try {
      await run(over(saver), thread, racer(thread, writer), true);
    } finally {
      place.done(saver);
    }
  },
  // Goes back: a new checkpoint whose parent is the one of that time.
  async rollback(thread) {
    let past;
    for await (const one of place.saver.list(config(thread), { limit: 30 })) past = one.config;
    const began = performance.now();
    await app.updateState({ ...past, ...durability }, { topic: 'back' }, 'agent');
    return { done: true, rollback: performance.now() - began, messages: [String((await app.getState(config(thread))).values.messages.length)] };
  },
  close: place.close,
});
