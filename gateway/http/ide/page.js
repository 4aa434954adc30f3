// GraphiQL on our endpoint: example operations in the sidebar, headers from the address, subscriptions over event streams.
(() => {
  const endpoint = location.pathname;
  const examples = JSON.parse(document.getElementById('examples').textContent);
  const element = React.createElement;

  // `#key=…` hands a key over without sending it anywhere; the session is this shopper's own.
  const handed = new URLSearchParams(location.hash.slice(1));
  const session = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
  const headersFor = (key) => JSON.stringify({ authorization: `Bearer ${key || 'YOUR-KEY'}`, 'x-session': session() }, null, 2);
  const defaultHeaders = headersFor(handed.get('key'));

  const isSubscription = (params, options) => {
    const operation = options && options.documentAST && GraphiQL.GraphQL.getOperationAST(options.documentAST, params.operationName || undefined);
    return Boolean(operation && operation.operation === 'subscription');
  };

  async function* events(response) {
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    try {
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return;
        const parts = (text + value).split('\n\n');
        text = parts.pop();
        for (const part of parts) {
          const lines = part.split('\n');
          if (lines.includes('event: complete')) return;
          const data = lines.filter((line) => line.startsWith('data: ')).map((line) => line.slice(6)).join('\n');
          if (data) yield JSON.parse(data);
        }
      }
    } finally {
      reader.cancel();
    }
  }

  async function* streamed(post) {
    const response = await post('text/event-stream');
    if (response.ok) yield* events(response);
    else yield await response.json();
  }

  const fetcher = (params, options) => {
    const post = (accept) => fetch(endpoint, {
      method: 'POST',
      headers: { ...(options && options.headers), 'content-type': 'application/json', accept },
      body: JSON.stringify(params),
    });
    if (isSubscription(params, options)) return streamed(post);
    return post('application/graphql-response+json, application/json').then((response) => response.json());
  };

  const Icon = () => element('svg', { viewBox: '0 0 24 24', fill: 'none', stroke: 'currentColor', strokeWidth: 1.5 },
    element('path', { d: 'M4 6h10M4 12h16M4 18h7' }));

  const Examples = () => {
    const editors = GraphiQL.React.useEditorContext({ nonNull: true });
    const open = (example) => {
      editors.queryEditor.setValue(example.text);
      editors.variableEditor.setValue(example.variables || '');
      editors.queryEditor.focus();
    };
    const groups = [...new Set(examples.map((example) => example.group))];
    return element('section', { className: 'examples', 'aria-label': 'Examples' },
      element('h2', null, 'Examples'),
      element('p', null, 'What each kind of caller sends. Put your key into the headers below the editor.'),
      groups.map((group) => element('div', { key: group },
        element('h3', null, group),
        examples.filter((example) => example.group === group).map((example) =>
          element('button', { key: example.name, type: 'button', onClick: () => open(example) }, example.name)))));
  };

  const plugin = { title: 'Examples', icon: Icon, content: Examples };
  const first = examples[0] || { text: '{ __typename }', variables: '' };
  ReactDOM.createRoot(document.getElementById('graphiql')).render(element(GraphiQL, {
    fetcher,
    plugins: [plugin],
    visiblePlugin: plugin,
    defaultQuery: first.text,
    defaultTabs: [{ query: first.text, variables: first.variables, headers: defaultHeaders }],
    defaultHeaders,
    defaultEditorToolsVisibility: 'headers',
    isHeadersEditorEnabled: true,
    shouldPersistHeaders: false,
    ...(handed.get('key') ? { headers: defaultHeaders } : {}),
  }));
})();
