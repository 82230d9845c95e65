const byId = id => document.getElementById(id);
const chatOfUrl = () => decodeURIComponent(location.hash.slice(1));
const urlOf = chat => `chats/${encodeURIComponent(chat)}`;
const pause = milliseconds => new Promise(resolve => setTimeout(resolve, milliseconds));

function show(role, text) {
  const item = document.createElement('li');
  item.className = role;
  item.textContent = text;
  byId('messages').append(item);
  item.scrollIntoView();
  return item;
}

function showProblem(text) {
  byId('problem').textContent = text ?? '';
  byId('problem').hidden = !text;
}

// Reads server-sent events from an answer: EventSource can only send GET.
async function* eventsOf(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) {
      return;
    }

    const blocks = (rest + value).split('\n\n');
    rest = blocks.pop();
    for (const block of blocks) {
      const field = name => block.split('\n').find(line => line.startsWith(`${name}:`))?.slice(name.length + 1).trim();
      yield { id: field('id'), type: field('event'), data: JSON.parse(field('data') || '{}') };
    }
  }
}

// The key makes the request one that can be sent again: the reply is made once, whatever happens to the connection.
async function ask(chat, text) {
  const key = crypto.randomUUID();
  const reply = show('assistant', '…');
  let last;
  for (let attempt = 1; attempt <= 20; attempt++) {
    try {
      const headers = { 'Content-Type': 'application/json', 'Idempotency-Key': key };
      if (last !== undefined) {
        headers['Last-Event-ID'] = last;
      }

      const response = await fetch(urlOf(chat), { method: 'POST', headers, body: JSON.stringify({ text }) });
      if (!response.ok && response.status !== 503) {
        reply.remove();
        showProblem((await response.json()).detail);
        return;
      }

      if (response.ok) {
        for await (const { id, type, data } of eventsOf(response)) {
          last = id ?? last;
          if (type === 'start') {
            reply.textContent = '';
          } else if (type === 'update') {
            reply.textContent += data.text;
          } else if (type === 'problem') {
            showProblem(data.detail);
            return;
          } else if (type === 'done') {
            reply.dataset.done = 'true';
            return;
          }
        }
      }
    } catch {
      // The connection is gone; the reply is not.
    }

    await pause(Math.min(200 * attempt, 2000));
  }

  showProblem('The server does not answer.');
}

async function open() {
  const me = await fetch('me');
  byId('login').hidden = me.ok;
  byId('chat').hidden = !me.ok;
  byId('messages').replaceChildren();
  showProblem();
  if (!me.ok) {
    return;
  }

  byId('user').textContent = (await me.json()).name;
  if (!location.hash) {
    location.replace(`#${crypto.randomUUID()}`);
    return;
  }

  const [chats, said] = await Promise.all([fetch('chats'), fetch(urlOf(chatOfUrl()))]);
  byId('chats').replaceChildren(...(await chats.json()).map(chat => {
    const item = document.createElement('li');
    const link = document.createElement('a');
    link.href = `#${encodeURIComponent(chat)}`;
    link.textContent = chat;
    item.append(link);
    return item;
  }));
  if (said.ok) {
    (await said.json()).forEach(({ role, text }) => show(role, text));
  }

  document.body.dataset.opened = chatOfUrl();
}

byId('login').addEventListener('submit', async event => {
  event.preventDefault();
  await fetch('login', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ name: byId('name').value }) });
  await open();
});

byId('logout').addEventListener('click', async () => {
  await fetch('logout', { method: 'POST' });
  location.hash = '';
  await open();
});

byId('new').addEventListener('click', () => { location.hash = crypto.randomUUID(); });

byId('ask').addEventListener('submit', async event => {
  event.preventDefault();
  const text = byId('text').value;
  byId('text').value = '';
  showProblem();
  show('user', text);
  await ask(chatOfUrl(), text);
});

addEventListener('hashchange', open);
await open();
